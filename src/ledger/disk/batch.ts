import type { Increment } from '../../../instrumentation/increments.ts';
import { reject } from '../../rejection.ts';
import type { BookMoves } from '../book.ts';
import type { ShortKey } from '../keys.ts';
import type { Change, ChangeOutcome } from '../ledger.ts';
import type { LedgerRecord } from '../record.ts';
import { encodeClosed, encodePage, isEmpty, pageKey } from './book-codec.ts';
import { encodeFilter, encodeTotal, filterKey, META, totalKey } from './codec.ts';
import type { Expired } from './generations/expiry.ts';
import { hashKey } from './generations/filter.ts';
import type { Generation, GenerationLimits, Generations } from './generations/generations.ts';
import { type LookUp, lookUp } from './generations/look-up.ts';
import type { Level } from './leveldb/level.ts';
import { encodeRecord } from './record-codec.ts';
import { type Counts, encodeCounts, type State } from './state.ts';
import { Tally } from './tally.ts';

interface Request {
  /** With keys in their short form. */
  readonly changes: readonly Change[];
}

/** One step from a durable state to the next: all its requests become durable together, or none does. */
export class Batch {
  newRecords = 0;
  readonly #before: State;
  readonly #tally: Tally;
  /** The records as this batch found them, and the ones that it changed. */
  #known: LookUp = { found: new Map(), unreadable: new Map() };
  readonly #changed = new Map<string, LedgerRecord>();
  #lastAtMs: number;
  /** The generation that takes what this batch keeps. */
  #taking: Generation;
  /** Keys of records that this batch adds to that generation, whether new or from an older one. */
  #arriving: readonly string[] = [];
  #left: readonly string[] = [];
  #expired: Expired = { stored: [], records: [], emptied: [], earlyMs: 0 };
  readonly #book: BookMoves;

  /** `slowMs` is the clock by which what is open is given up, `maxSeries` the most that labels on request may make. */
  constructor(before: State, slowMs: number, maxSeries?: number) {
    this.#before = before;
    this.#tally = new Tally(before, maxSeries);
    this.#book = before.book.begin(slowMs);
    this.#lastAtMs = before.lastAtMs;
    this.#taking = before.generations.current;
  }

  get changed(): ReadonlyMap<string, unknown> {
    return this.#changed;
  }

  /** Why a record cannot be read, where that is damage. */
  get damage(): string | undefined {
    return [...this.#known.unreadable.values()].find((reason) => /CORRUPT/.test(reason));
  }

  get increments(): readonly Increment[] {
    return this.#tally.increments;
  }

  /** Stored keys under which nothing lies after this batch, because the record is in another generation. */
  get left(): readonly string[] {
    return this.#left;
  }

  get empty(): boolean {
    const { stored, emptied } = this.#expired;
    return this.#changed.size + stored.length + emptied.length === 0 && !this.#opens && !this.#book.changed;
  }

  /** Reads what the requests need in one go, then reduces them in order. One that cannot be reduced fails alone. */
  async reduce(level: Level, requests: readonly Request[]): Promise<(readonly ChangeOutcome[] | Error)[]> {
    const keys = new Set<string>();
    for (const { changes } of requests) for (const { key } of changes) keys.add(key);
    this.#known = await lookUp(level, this.#before.generations, keys);
    return requests.map((request) => this.#reduceOne(request));
  }

  #reduceOne({ changes }: Request): readonly ChangeOutcome[] | Error {
    const { unreadable } = this.#known;
    const reason = unreadable.size > 0 && changes.map(({ key }) => unreadable.get(key)).find(Boolean);
    if (reason) return reject('ledger_unavailable', undefined, `a record cannot be read: ${reason}`);
    // Of several changes either all are taken or none, so they are staged first.
    const staged = changes.length > 1 ? new Map<string, LedgerRecord>() : undefined;
    const increments: Increment[] = [];
    const outcomes: ChangeOutcome[] = [];
    for (const { key, reduce } of changes) {
      let reduction: ReturnType<Change['reduce']>;
      try {
        reduction = reduce(staged?.get(key) ?? this.#changed.get(key) ?? this.#known.found.get(key)?.record);
      } catch (error) {
        return error as Error;
      }
      outcomes.push(reduction === 'duplicate' || reduction.duplicate ? 'duplicate' : 'accepted');
      if (reduction === 'duplicate') continue;
      if (staged) staged.set(key, reduction.next);
      else this.#take(key, reduction.next);
      increments.push(...reduction.increments);
    }
    if (staged) for (const [key, record] of staged) this.#take(key, record);
    for (const increment of increments) this.#tally.count(increment);
    return outcomes;
  }

  #take(key: ShortKey, record: LedgerRecord): void {
    const previous = this.#changed.get(key) ?? this.#known.found.get(key)?.record;
    if (!previous) this.newRecords++;
    this.#book.move(key, previous, record);
    this.#changed.set(key, record);
  }

  /** Decides which generation takes what this batch keeps, and what moves there. */
  place(limits: GenerationLimits, nowMs: number): void {
    const { found } = this.#known;
    this.#arriving = this.#arrivingAt(this.#taking);
    this.#taking = this.#before.generations.taking(this.#arriving.length, nowMs, limits);
    if (this.#opens) this.#arriving = this.#arrivingAt(this.#taking);
    if (found.size > 0) this.#left = this.#arriving.flatMap((key) => found.get(key)?.stored ?? []);
    const { lastAtMs } = this.#taking;
    this.#lastAtMs = this.#changed.size > 0 ? Math.max(lastAtMs, nowMs) : lastAtMs;
  }

  #arrivingAt({ prefix }: Generation): readonly string[] {
    const { found } = this.#known;
    const keys = [...this.#changed.keys()];
    return found.size === 0 ? keys : keys.filter((key) => found.get(key)?.stored !== prefix + key);
  }

  get #opens(): boolean {
    return this.#taking !== this.#before.generations.current;
  }

  /** The generations with the one that takes this batch, before any is emptied. */
  get generations(): Generations {
    return this.#before.generations.with([], this.#taking);
  }

  /** Takes what goes, and what is given up of the open book, into the batch. */
  expire(expired: Expired): void {
    this.#expired = expired;
    for (const { key, record } of expired.records) this.#book.drop(key, record);
    for (const increment of this.#book.givenUp) this.#tally.count(increment);
  }

  /** Writes everything in one atomic, synchronous step. */
  async write(level: Level): Promise<void> {
    // Chained, because the array form of a batch copies each operation with its options before it is written.
    const chain = level.batch();
    for (const [key, record] of this.#changed) {
      const stored = this.#taking.prefix + key;
      chain.put(stored, encodeRecord(stored, record));
    }
    for (const [id, total] of this.#tally.totals()) {
      const stored = totalKey(id);
      chain.put(stored, encodeTotal(stored, total));
    }
    for (const stored of this.#left) chain.del(stored);
    for (const stored of this.#expired.stored) chain.del(stored);
    this.#writeGenerations(chain);
    this.#writeBook(chain);
    chain.put(META.counts, encodeCounts(this.#counts()));
    await chain.write({ sync: true });
  }

  #writeGenerations(chain: ReturnType<Level['batch']>): void {
    const { emptied } = this.#expired;
    if (this.#opens) {
      const { id, filter } = this.#before.generations.current;
      chain.put(filterKey(id), encodeFilter(filterKey(id), filter));
    }
    for (const { id } of emptied) chain.del(filterKey(id));
    if (this.#opens || emptied.length > 0) chain.put(META.generations, this.#after.encode());
  }

  #writeBook(chain: ReturnType<Level['batch']>): void {
    for (const page of this.#book.pages()) {
      const stored = pageKey(page);
      if (isEmpty(page)) chain.del(stored);
      else chain.put(stored, encodePage(stored, page));
    }
    const closed = this.#book.closed();
    if (closed) chain.put(META.closed, encodeClosed(closed));
  }

  get #after(): Generations {
    return this.#before.generations.with(this.#expired.emptied, this.#taking);
  }

  #counts(): Counts {
    const { entries, dropped, sequence, series, forgottenMs } = this.#before;
    const expired = this.#expired.stored.length;
    return {
      entries: entries + this.newRecords - expired,
      dropped: dropped + expired,
      sequence: sequence + 1,
      series: series + this.#tally.newSeries,
      forgottenMs: Math.max(forgottenMs, this.#expired.earlyMs),
      lastAtMs: this.#lastAtMs,
    };
  }

  /** The state after the batch, once it is durable. */
  settle(): State {
    const after = { ...this.#before, ...this.#counts(), generations: this.#after };
    this.#tally.settle();
    this.#book.settle();
    this.#taking.lastAtMs = this.#lastAtMs;
    for (const key of this.#arriving) this.#taking.filter.add(hashKey(key));
    return after;
  }
}
