import { randomUUID } from 'node:crypto';
import type { Increment } from '../../../instrumentation/increments.ts';
import type { Base } from '../../../instrumentation/totals.ts';
import { type BookMoves, type BookRules, OpenBook } from '../book.ts';
import { type ShortKey, shortKey } from '../keys.ts';
import type { Change, ChangeOutcome, Ledger, LedgerStats, OnCommit } from '../ledger.ts';
import type { LedgerRecord } from '../record.ts';
import { Window, type WindowOptions } from '../window.ts';
import { AgeMap } from './age-map.ts';
import { SeriesSoFar } from './series-so-far.ts';

export interface MemoryLedgerOptions extends WindowOptions {
  readonly maxEntries: number;
  /** What of the records is open; nothing by default. */
  readonly books?: readonly BookRules[];
  /** The most series that labels on request may bring a metric to, where there are any. */
  readonly maxSeries?: number | undefined;
  readonly onCommit: OnCommit;
}

const SWEEP_MS = 1_000;
/** How many old records go for each that is kept. */
const EXPIRE_PER_RECORD = 2;

/** A record, and when it was last touched. */
interface Entry {
  readonly record: LedgerRecord;
  readonly touchedMs: number;
}

/** What becomes of a record. */
interface Staged {
  readonly previous: LedgerRecord | undefined;
  readonly next: LedgerRecord;
}

/** Keeps the promise for as long as the process lives; a restart forgets records and totals alike. */
export class MemoryLedger implements Ledger {
  readonly storage = 'memory';
  readonly volatile = true;
  readonly instanceId = randomUUID();
  readonly base: Base;
  readonly #options: MemoryLedgerOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #records = new AgeMap<Entry>();
  readonly #window: Window;
  readonly #series: SeriesSoFar;
  readonly book: OpenBook;
  #forgottenMs = 0;

  constructor(options: MemoryLedgerOptions) {
    this.#options = options;
    this.#window = new Window(options);
    this.#series = new SeriesSoFar(options.maxSeries);
    this.book = new OpenBook(options.books ?? []);
    this.base = { startTimeMs: options.clock.wallMs(), totals: new Map() };
    // Nobody may come for a while, and what is open is given up all the same.
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#timer.unref();
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeOutcome[]> {
    const staged = new Map<ShortKey, Staged>();
    const increments: Increment[] = [];
    // A reducer that throws leaves nothing behind: nothing is kept before the last one has spoken.
    const outcomes = changes.map(({ key: text, reduce }): ChangeOutcome => {
      const key = shortKey(text);
      const before = staged.get(key);
      const previous = before ? before.previous : this.#records.get(key)?.record;
      const reduction = reduce(before ? before.next : previous);
      if (reduction === 'duplicate') return 'duplicate';
      staged.set(key, { previous, next: reduction.next });
      increments.push(...reduction.increments);
      return reduction.duplicate ? 'duplicate' : 'accepted';
    });
    if (staged.size > 0) this.#keep(staged, increments);
    return outcomes;
  }

  #keep(staged: ReadonlyMap<ShortKey, Staged>, increments: readonly Increment[]): void {
    const moves = this.book.begin(this.#window.slowMs);
    const touchedMs = this.#window.nowMs;
    for (const [key, { previous, next }] of staged) {
      moves.move(key, previous, next);
      if (previous) this.#records.set(key, { record: next, touchedMs });
      else this.#records.add(key, { record: next, touchedMs });
    }
    this.#expire(moves, EXPIRE_PER_RECORD * staged.size);
    moves.settle();
    const admitted = this.#admitted(increments);
    const all = moves.givenUp.length > 0 ? [...admitted, ...moves.givenUp] : admitted;
    if (all.length > 0) this.#options.onCommit(all);
  }

  #admitted(increments: readonly Increment[]): readonly Increment[] {
    return this.#options.maxSeries === undefined
      ? increments
      : increments.flatMap((each) => this.#series.admitted(each));
  }

  #sweep(): void {
    if (this.book.isDue(this.#window.slowMs)) this.#keep(new Map(), []);
  }

  /** Drops so many old records at most: no pause, and the size follows the window down. */
  #expire(moves: BookMoves, most: number): void {
    const { maxEntries } = this.#options;
    const { beforeMs } = this.#window;
    for (let dropped = 0; dropped < most; dropped++) {
      const { oldest } = this.#records;
      if (!oldest) return;
      const [key, { record, touchedMs }] = oldest;
      const over = this.#records.size > maxEntries;
      const young = touchedMs >= beforeMs;
      if (young && !over) return;
      if (young) this.#forgottenMs = Math.max(this.#forgottenMs, touchedMs);
      this.#records.delete(key);
      moves.drop(key, record);
    }
  }

  stats(): LedgerStats {
    const { windowMs, maxEntries, clock } = this.#options;
    const rememberedMs = Math.max(0, clock.nowMs() - this.#forgottenMs);
    return {
      entries: this.#records.size,
      maxEntries,
      bytes: 0,
      windowSeconds: Math.min(windowMs, rememberedMs) / 1_000,
    };
  }

  unavailable(): string | undefined {
    return undefined;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
  }
}
