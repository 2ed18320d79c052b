import { CorruptValue, decodeKeys, decodeRecord, endOf, indexTime, PREFIX } from './codec.ts';
import type { Level } from './level.ts';

interface IndexEntry {
  readonly key: string;
  readonly atMs: number;
  readonly keys: readonly string[];
}

/** What one step of expiry deletes. */
export interface Expired {
  readonly records: ReadonlySet<string>;
  readonly index: readonly string[];
  /** Time of the youngest batch that went before its time because there was no room for more. */
  readonly earlyMs: number;
}

const READ_AHEAD = 64;

/**
 * Walks the index of batches from the oldest on. A record that a later batch touched is left to that batch's entry, so
 * each step costs what it deletes, however much the ledger holds.
 */
export class Expiry {
  readonly #level: Level;
  #ahead: IndexEntry[] = [];
  /** How many keys of the first entry are done: a large batch expires in parts. */
  #done = 0;
  // Starting over at the beginning would walk over all that was deleted there and is not compacted yet.
  #after: string = PREFIX.index;

  constructor(level: Level) {
    this.#level = level;
  }

  /** The time of the oldest batch that is left, `undefined` when there is none. */
  async oldestMs(): Promise<number | undefined> {
    return (await this.#first())?.atMs;
  }

  /**
   * What to delete now: records last touched before `beforeMs`, and the oldest `over` records whatever their age. Looks
   * at no more than `budget` records. `fresh` are keys that the batch at hand writes.
   */
  async step(beforeMs: number, over: number, budget: number, fresh: ReadonlyMap<string, unknown>): Promise<Expired> {
    const records = new Set<string>();
    const index: string[] = [];
    let earlyMs = 0;
    let left = budget;
    while (left > 0) {
      const entry = await this.#first();
      if (!entry || (entry.atMs >= beforeMs && records.size >= over)) break;
      const part = entry.keys.slice(this.#done, this.#done + left);
      for (const key of await this.#untouchedSince(
        entry.atMs,
        part.filter((key) => !fresh.has(key)),
      ))
        records.add(key);
      if (entry.atMs >= beforeMs) earlyMs = Math.max(earlyMs, entry.atMs);
      left -= part.length;
      this.#done += part.length;
      if (this.#done < entry.keys.length) break;
      index.push(entry.key);
      this.#ahead.shift();
      this.#done = 0;
    }
    return { records, index, earlyMs };
  }

  async #untouchedSince(atMs: number, keys: readonly string[]): Promise<string[]> {
    const stored = keys.map((key) => PREFIX.record + key);
    const values = await this.#level.getMany(stored, { fillCache: false });
    return keys.filter((_, i) => values[i] !== undefined && lastAtMs(stored[i]!, values[i]) <= atMs);
  }

  async #first(): Promise<IndexEntry | undefined> {
    if (this.#ahead.length > 0) return this.#ahead[0];
    const read = await this.#level.iterator({ gt: this.#after, lt: endOf(PREFIX.index), limit: READ_AHEAD }).all();
    this.#ahead = read.map(([key, value]) => ({ key, atMs: indexTime(key), keys: decodeKeys(key, value) }));
    // A clock that went back writes entries before the cursor: look there again once the end is reached.
    this.#after = this.#ahead.at(-1)?.key ?? PREFIX.index;
    return this.#ahead[0];
  }
}

/** A record that cannot be read is as old as the entry that names it: expiry is not where corruption is reported. */
function lastAtMs(storedKey: string, value: Buffer): number {
  try {
    return decodeRecord(storedKey, value).lastAtMs;
  } catch (error) {
    if (error instanceof CorruptValue) return 0;
    throw error;
  }
}
