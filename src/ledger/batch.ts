import { type Increment, type Series, series } from '../../instrumentation/increments.ts';
import { budget, row } from '../../instrumentation/metrics.ts';
import { plus, type Total } from '../../instrumentation/totals.ts';
import { reject } from '../rejection.ts';
import { decodeRecord, encodeKeys, encodeRecord, encodeTotal, indexKey, PREFIX } from './codec.ts';
import type { Expired } from './expiry.ts';
import type { Change, ChangeOutcome } from './ledger.ts';
import type { Level } from './level.ts';
import type { LedgerRecord } from './record.ts';
import { type Counts, encodeCounts, META, nameOf, type State } from './state.ts';

interface Request {
  readonly changes: readonly Change[];
}

/** One step from a durable state to the next: all its requests become durable together, or none does. */
export class Batch {
  newRecords = 0;
  readonly #before: State;
  /** The records as this batch found them, and the ones that it changed. */
  readonly #found = new Map<string, LedgerRecord | undefined>();
  readonly #changed = new Map<string, LedgerRecord>();
  readonly #corrupt = new Set<string>();
  readonly #totals = new Map<string, { readonly series: Series; total: Total; added: number }>();
  readonly #recorded: Increment[] = [];
  #expired: Expired | undefined;
  #lastAtMs = 0;

  constructor(before: State) {
    this.#before = before;
  }

  get touched(): ReadonlyMap<string, unknown> {
    return this.#changed;
  }

  get empty(): boolean {
    return this.#changed.size === 0 && (this.#expired?.index.length ?? 0) === 0;
  }

  /** Reads what the requests need in one go, then reduces them in order. One that cannot be reduced fails alone. */
  async reduce(level: Level, requests: readonly Request[]): Promise<(readonly ChangeOutcome[] | Error)[]> {
    await this.#read(level, requests);
    return requests.map((request) => this.#reduceOne(request));
  }

  async #read(level: Level, requests: readonly Request[]): Promise<void> {
    const keys = [...new Set(requests.flatMap(({ changes }) => changes.map(({ key }) => key)))];
    if (keys.length === 0) return;
    const stored = keys.map((key) => PREFIX.record + key);
    const values = await level.getMany(stored).catch(() => this.#readEach(level, stored));
    keys.forEach((key, i) => {
      try {
        const value = values[i];
        if (value instanceof Error) throw value;
        this.#found.set(key, value === undefined ? undefined : decodeRecord(stored[i]!, value));
      } catch {
        this.#corrupt.add(key);
      }
    });
  }

  /** One block that cannot be read must not take the whole batch with it. */
  #readEach(level: Level, keys: readonly string[]): Promise<(Buffer | undefined | Error)[]> {
    return Promise.all(keys.map((key) => level.get(key).catch((error: Error) => error)));
  }

  #reduceOne({ changes }: Request): readonly ChangeOutcome[] | Error {
    if (changes.some(({ key }) => this.#corrupt.has(key)))
      return reject('ledger_unavailable', undefined, 'a record is corrupt');
    const staged = new Map<string, LedgerRecord>();
    const increments: Increment[] = [];
    const outcomes: ChangeOutcome[] = [];
    for (const { key, reduce } of changes) {
      let reduction: ReturnType<Change['reduce']>;
      try {
        reduction = reduce(staged.get(key) ?? this.#changed.get(key) ?? this.#found.get(key));
      } catch (error) {
        return error as Error;
      }
      outcomes.push(reduction === 'duplicate' ? 'duplicate' : 'accepted');
      if (reduction === 'duplicate') continue;
      staged.set(key, reduction.next);
      increments.push(...reduction.increments);
    }
    for (const [key, record] of staged) {
      if (!this.#changed.has(key) && this.#found.get(key) === undefined) this.newRecords++;
      this.#changed.set(key, record);
      this.#lastAtMs = Math.max(this.#lastAtMs, record.lastAtMs);
    }
    for (const increment of increments) this.#count(increment);
    return outcomes;
  }

  #count(increment: Increment): void {
    const admitted = this.#admit(increment.series);
    const metric = row(admitted.metric);
    const known = this.#totals.get(admitted.id);
    const total = plus(known?.total ?? this.#before.totals.get(admitted.id), metric, increment.value);
    if (known) {
      known.total = total;
      known.added += increment.value;
    } else this.#totals.set(admitted.id, { series: admitted, total, added: increment.value });
    if (metric.kind === 'histogram') this.#recorded.push({ series: admitted, value: increment.value });
  }

  /** What the batch adds: one increment for each counter's series, and each value of a histogram. */
  get increments(): readonly Increment[] {
    const sums: Increment[] = [];
    for (const { series, added } of this.#totals.values()) {
      if (row(series.metric).kind !== 'histogram') sums.push({ series, value: added });
    }
    return [...sums, ...this.#recorded];
  }

  /** A series beyond its metric's budget becomes the one whose labels are all `other`. */
  #admit(wanted: Series): Series {
    if (this.#before.totals.has(wanted.id) || this.#totals.has(wanted.id)) return wanted;
    const limit = budget(row(wanted.metric));
    if (limit === undefined) return wanted;
    const name = row(wanted.metric).name;
    let known = this.#before.seriesOf.get(name) ?? 0;
    for (const id of this.#totals.keys()) if (nameOf(id) === name && !this.#before.totals.has(id)) known++;
    if (known < limit) return wanted;
    return series(wanted.metric, Object.fromEntries(Object.keys(wanted.labels).map((key) => [key, 'other'])));
  }

  expire(expired: Expired): void {
    this.#expired = expired;
  }

  /** Writes everything in one atomic, synchronous step. */
  async write(level: Level): Promise<void> {
    // Chained, because the array form of a batch copies each operation with its options before it is written.
    const chain = level.batch();
    for (const [key, record] of this.#changed) {
      const stored = PREFIX.record + key;
      chain.put(stored, encodeRecord(stored, record));
    }
    if (this.#changed.size > 0) {
      const key = indexKey(this.#lastAtMs, this.#before.sequence);
      chain.put(key, encodeKeys(key, [...this.#changed.keys()]));
    }
    for (const [id, { total }] of this.#totals) {
      const stored = PREFIX.total + id;
      chain.put(stored, encodeTotal(stored, total));
    }
    for (const key of this.#expired?.records ?? []) chain.del(PREFIX.record + key);
    for (const key of this.#expired?.index ?? []) chain.del(key);
    chain.put(META.counts, encodeCounts(this.#counts()));
    await chain.write({ sync: true });
  }

  #counts(): Counts {
    const dropped = this.#expired?.records.size ?? 0;
    return {
      entries: this.#before.entries + this.newRecords - dropped,
      dropped: this.#before.dropped + dropped,
      sequence: this.#before.sequence + 1,
      series: this.#before.series + this.#newSeries(),
      forgottenMs: Math.max(this.#before.forgottenMs, this.#expired?.earlyMs ?? 0),
    };
  }

  #newSeries(): number {
    let count = 0;
    for (const id of this.#totals.keys()) if (!this.#before.totals.has(id)) count++;
    return count;
  }

  /** The state after the batch, once it is durable. */
  settle(): State {
    const counts = this.#counts();
    const { totals, seriesOf } = this.#before;
    for (const [id, { series, total }] of this.#totals) {
      const name = row(series.metric).name;
      if (!totals.has(id)) seriesOf.set(name, (seriesOf.get(name) ?? 0) + 1);
      totals.set(id, total);
    }
    return { ...this.#before, ...counts };
  }
}
