import { decodeText, encodeText, META, recordPrefix } from '../codec.ts';
import { hashKey, KeyFilter } from './filter.ts';

/** When a generation is full: whichever comes first. */
export interface GenerationLimits {
  readonly entries: number;
  readonly spanMs: number;
}

/** So many generations share the window, and so many the room: the ledger forgets in such steps. */
const GENERATIONS = 16;

export const generationLimits = (windowMs: number, maxEntries: number): GenerationLimits => ({
  entries: Math.max(1, Math.floor(maxEntries / GENERATIONS)),
  spanMs: Math.max(1, Math.floor(windowMs / GENERATIONS)),
});

/** The records that were last touched in the same stretch of time. */
export interface Generation {
  readonly id: number;
  /** How the stored keys of its records begin. */
  readonly prefix: string;
  readonly openedMs: number;
  /** When a record of it was last touched, by the later of two clocks: what slept or was set back expires no sooner. */
  lastAtMs: number;
  readonly filter: KeyFilter;
}

export const generation = (id: number, openedMs: number, lastAtMs: number, filter: KeyFilter): Generation => ({
  id,
  prefix: recordPrefix(id),
  openedMs,
  lastAtMs,
  filter,
});

/**
 * Where the records lie, by age. New and touched records go to the youngest generation; whole generations expire, the
 * oldest first. So the database is written and emptied in the order of its keys and has little to compact, and a filter
 * for each generation spares it the look-ups of keys that it does not hold: neither costs more when it holds more.
 */
export class Generations {
  readonly #all: Generation[];

  /** In the order of their opening; the last one takes what comes. */
  constructor(all: readonly Generation[]) {
    this.#all = [...all];
  }

  get current(): Generation {
    return this.#all.at(-1)!;
  }

  /**
   * Those that take nothing more, in the order in which they go: what was last touched before that time by its time,
   * the rest in the order of opening. One that saw a clock ahead must hold up neither.
   */
  closed(beforeMs: number): readonly Generation[] {
    const closed = this.#all.slice(0, -1);
    const due = closed.filter(({ lastAtMs }) => lastAtMs < beforeMs).sort((a, b) => a.lastAtMs - b.lastAtMs);
    return [...due, ...closed.filter(({ lastAtMs }) => lastAtMs >= beforeMs)];
  }

  /** No record is older. */
  get openedMs(): number {
    return Math.min(...this.#all.map(({ openedMs }) => openedMs));
  }

  /** The stored keys under which the record of `key` may lie. */
  candidates(key: string): string[] {
    const hash = hashKey(key);
    const stored: string[] = [];
    for (const { prefix, filter } of this.#all) if (filter.mayHold(hash)) stored.push(prefix + key);
    return stored;
  }

  /** Takes `more` records now: the current one, or a new one where that is full or saw a clock that is set back since. */
  taking(more: number, nowMs: number, { entries, spanMs }: GenerationLimits): Generation {
    const { current } = this;
    const { size } = current.filter;
    const full =
      size > 0 && (size + more > entries || nowMs - current.openedMs >= spanMs || current.lastAtMs - nowMs >= spanMs);
    return full ? generation(current.id + 1, nowMs, nowMs, new KeyFilter(size)) : current;
  }

  /** The generations after some were emptied and one was opened. */
  with(emptied: readonly Generation[], taking: Generation): Generations {
    const left = this.#all.filter((each) => !emptied.includes(each));
    return new Generations(taking === this.current ? left : [...left, taking]);
  }

  /** A line for each: its number, when it was opened, when it was last touched. */
  encode(): Buffer {
    const lines = this.#all.map(({ id, openedMs, lastAtMs }) => `${id} ${openedMs} ${lastAtMs}`);
    return encodeText(META.generations, lines.join('\n'));
  }
}

/** What `encode` wrote: number, when opened, when last touched. */
export const decodeGenerations = (bytes: Buffer): [id: number, openedMs: number, lastAtMs: number][] =>
  decodeText(META.generations, bytes)
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number, number]);
