import type { Increment } from '../../../instrumentation/increments.ts';
import { row } from '../../../instrumentation/metrics.ts';
import { type Base, difference, plus, type Total } from '../../../instrumentation/totals.ts';
import type { Logger } from '../../log.ts';
import { reject } from '../../rejection.ts';
import type { BookRules, OpenBook } from '../book.ts';
import { shortKey } from '../keys.ts';
import type { Change, ChangeOutcome, Ledger, LedgerStats, OnCommit } from '../ledger.ts';
import { Window, type WindowOptions } from '../window.ts';
import { Batch } from './batch.ts';
import { Expiry } from './generations/expiry.ts';
import { type GenerationLimits, generationLimits } from './generations/generations.ts';
import { addInherited, type Inherit } from './inherit.ts';
import { lockId } from './leveldb/files.ts';
import { type Level, openLevel, readFailure } from './leveldb/level.ts';
import { leaveMark } from './leveldb/mark.ts';
import { pace } from './pace.ts';
import { Place } from './place.ts';
import { type Opened, reopen } from './reopen.ts';
import { loadState, type State } from './state.ts';
import { upgrade } from './upgrade/upgrade.ts';

export interface DiskLedgerOptions extends WindowOptions {
  readonly directory: string;
  readonly maxEntries: number;
  /** What of the records is open; nothing by default. */
  readonly books?: readonly BookRules[];
  /** The most series that labels on request may bring a metric to, where there are any. */
  readonly maxSeries?: number | undefined;
  readonly onCommit: OnCommit;
  readonly log: Logger;
  readonly inherit?: Inherit;
  /** Called once for each batch that was written: how long that took and how many changes it held. */
  readonly onBatch?: (durationMs: number, changes: number) => void;
  /** Called when the totals were read back, with what they held besides what this process counted. */
  readonly onReopen?: (base: Base) => void;
  /** How long after a failed try it is opened again. */
  readonly reopenMs?: number;
  /** How much time lies between the beginnings of two batches, at least. */
  readonly batchEveryMs?: number;
  /** How often it is looked whether the database still lies in its folder. */
  readonly watchMs?: number;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly resolve: (outcomes: readonly ChangeOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** A batch costs a sync, whatever it holds: these ms, which no webhook feels, spare a quarter of the work under load. */
const BATCH_EVERY_MS = 4;
const IDLE_SWEEP_MS = 1_000;
const WATCH_MS = 1_000;
const SIZE_MS = 10_000;
/** How many old records one batch deletes for each that it keeps, and at least. */
const EXPIRE_PER_RECORD = 2;
const EXPIRE_AT_LEAST = 16;
const EXPIRE_IDLE = 2_000;

/**
 * The ledger on disk: records and totals in LevelDB, written together in one synchronous batch. While one batch is
 * being synced the next one fills; one batch is under way at a time, so each reads what the one before it wrote.
 */
export class DiskLedger implements Ledger {
  readonly storage = 'file_storage';
  readonly volatile = false;
  readonly #options: DiskLedgerOptions;
  #level: Level;
  #state: State;
  #expiry: Expiry;
  #base: Base;
  /** What this process counted, by series: the instruments' own values. */
  readonly #counted = new Map<string, Total>();
  #queue: Waiting[] = [];
  #working: Promise<void> | undefined;
  #fault: string | undefined;
  #reopening: Promise<void> | undefined;
  #closed = false;
  readonly #closing = new AbortController();
  #place: Place;
  readonly #window: Window;
  readonly #limits: GenerationLimits;
  readonly #turn: () => Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];

  private constructor(options: DiskLedgerOptions, level: Level, lock: string | undefined, state: State) {
    this.#options = options;
    this.#window = new Window(options);
    this.#limits = generationLimits(this.#window.keptMs, options.maxEntries);
    this.#turn = pace(options.batchEveryMs ?? BATCH_EVERY_MS, () => options.clock.monotonicMs());
    this.#level = level;
    this.#state = state;
    this.#expiry = new Expiry(level);
    this.#base = { startTimeMs: state.startTimeMs, totals: new Map(state.totals) };
    this.#place = new Place(options.directory, lock, options.log);
  }

  /** Throws a `StorageError` when the folder cannot be used, before anything is written to it. */
  static async open(options: DiskLedgerOptions): Promise<DiskLedger> {
    const level = await openLevel(options.directory);
    const lock = lockId(options.directory);
    try {
      await upgrade(level, options);
      const stored = await loadState(level, options.clock.wallMs(), options.books);
      const state = await addInherited(level, stored, options.inherit ?? (() => []));
      const ledger = new DiskLedger(options, level, lock, state);
      ledger.#every(options.watchMs ?? WATCH_MS, () => ledger.#watch());
      ledger.#every(IDLE_SWEEP_MS, () => ledger.#sweepWhenIdle());
      ledger.#every(SIZE_MS, () => ledger.#place.measure());
      return ledger;
    } catch (error) {
      await level.close();
      throw readFailure(options.directory, error as Error);
    }
  }

  get instanceId(): string {
    return this.#state.instanceId;
  }

  get base(): Base {
    return this.#base;
  }

  apply(changes: readonly Change[]): Promise<readonly ChangeOutcome[]> {
    if (this.#fault !== undefined || this.#closed) return Promise.reject(reject('ledger_unavailable'));
    return new Promise((resolve, fail) => {
      const short = changes.map(({ key, reduce }) => ({ key: shortKey(key), reduce }));
      this.#queue.push({ changes: short, resolve, reject: fail });
      this.#wake();
    });
  }

  get book(): OpenBook {
    return this.#state.book;
  }

  unavailable(): string | undefined {
    return this.#fault === undefined ? undefined : `ledger_unavailable: ${this.#fault}`;
  }

  stats(): LedgerStats {
    const { entries, forgottenMs } = this.#state;
    return {
      entries,
      maxEntries: this.#options.maxEntries,
      bytes: this.#place.bytes,
      windowSeconds: this.#window.seconds(forgottenMs),
    };
  }

  /** Finishes what was accepted, then closes; what comes later is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#reopening;
    // What came while the last batch was written has one of its own.
    while (this.#working) await this.#working;
    if (this.#level.status === 'open') await this.#level.close();
  }

  #wake(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // Whoever was just answered may have come back before this line.
      if (this.#queue.length > 0) this.#wake();
    });
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0 && this.#fault === undefined) {
      // Meanwhile more may come, at least what the same turn of the loop reads from the network.
      await this.#turn();
      const waiting = this.#queue;
      this.#queue = [];
      await this.#commit(waiting);
    }
  }

  async #commit(waiting: readonly Waiting[]): Promise<void> {
    const startedMs = this.#options.clock.monotonicMs();
    const batch = new Batch(this.#state, this.#window.slowMs, this.#options.maxSeries);
    let outcomes: (readonly ChangeOutcome[] | Error)[];
    try {
      outcomes = await batch.reduce(this.#level, waiting);
      if (batch.damage) leaveMark(this.#options.directory, `a record cannot be read: ${batch.damage}`);
      if (batch.changed.size > 0 || waiting.length === 0) batch.place(this.#limits, this.#window.nowMs);
      await this.#addExpiry(batch, waiting.length === 0);
      if (!batch.empty) {
        await batch.write(this.#level);
        this.#place.check();
        this.#expiry.forget(batch.left);
        this.#settle(batch.settle(), batch.increments);
        this.#options.onBatch?.(this.#options.clock.monotonicMs() - startedMs, waiting.length);
      }
    } catch (error) {
      this.#failed(error as Error, waiting);
      return;
    }
    outcomes.forEach((outcome, i) => {
      if (outcome instanceof Error) waiting[i]!.reject(outcome);
      else waiting[i]!.resolve(outcome);
    });
  }

  async #addExpiry(batch: Batch, idle: boolean): Promise<void> {
    const { maxEntries } = this.#options;
    const over = this.#state.entries + batch.newRecords - maxEntries;
    const budget = idle ? EXPIRE_IDLE : Math.max(EXPIRE_AT_LEAST, batch.changed.size * EXPIRE_PER_RECORD);
    const { nowMs, beforeMs } = this.#window;
    const step = { nowMs, beforeMs, over, budget, fresh: batch.changed };
    batch.expire(await this.#expiry.step(batch.generations.closed(beforeMs), step));
  }

  #settle(state: State, increments: readonly Increment[]): void {
    this.#state = state;
    this.#options.onCommit(increments);
    for (const { series, value } of increments) {
      this.#counted.set(series.id, plus(this.#counted.get(series.id), row(series.metric), value));
    }
  }

  #sweepWhenIdle(): void {
    if (this.#working || this.#fault !== undefined || this.#closed) return;
    const { entries, generations, book } = this.#state;
    const { beforeMs, slowMs } = this.#window;
    const oldestMs = (generations.closed(beforeMs)[0] ?? generations.current).lastAtMs;
    const nothingExpires = entries === 0 || (oldestMs >= beforeMs && entries <= this.#options.maxEntries);
    if (nothingExpires && !book.isDue(slowMs)) return;
    this.#working = this.#commit([]).finally(() => {
      this.#working = undefined;
      if (this.#queue.length > 0) this.#wake();
    });
  }

  /**
   * After a failed write the handle is dead: LevelDB would go on to acknowledge batches that it then loses. Nobody is
   * answered with success until a new handle has read back what is really there.
   */
  #failed(error: Error, waiting: readonly Waiting[]): void {
    this.#fault = 'the ledger cannot be written';
    this.#options.log.error(
      { error: error.message },
      'ledger: a write failed; callbacks are refused with 503 until it can be written again',
    );
    for (const each of [...waiting, ...this.#queue]) each.reject(reject('ledger_unavailable'));
    this.#queue = [];
    this.#reopening = this.#reopen();
  }

  async #reopen(): Promise<void> {
    const { directory, clock, log, reopenMs } = this.#options;
    if (this.#closed) return;
    await this.#level.close().catch((error: Error) => log.debug(`ledger: it cannot be closed: ${error.message}`));
    const opened = await reopen({
      directory,
      before: this.#state,
      books: this.#options.books,
      nowMs: () => clock.wallMs(),
      log,
      everyMs: reopenMs,
      signal: this.#closing.signal,
      onLasting: () => {
        this.#fault = 'the ledger cannot be used: see the log';
      },
    });
    if (opened) this.#resume(opened);
  }

  /** A batch that was reported as failed may be there after all: what is on disk is the truth. */
  #resume({ level, lock, state }: Opened): void {
    const { directory, log, onReopen } = this.#options;
    this.#level = level;
    this.#place = new Place(directory, lock, log);
    this.#state = state;
    this.#expiry = new Expiry(level);
    const totals = [...state.totals].map(([id, total]) => [id, difference(total, this.#counted.get(id))] as const);
    this.#base = { startTimeMs: state.startTimeMs, totals: new Map(totals) };
    onReopen?.(this.#base);
    this.#fault = undefined;
    log.info('ledger: it can be written again; callbacks are accepted');
  }

  /** A folder that is gone fails at once where nothing is written. */
  #watch(): void {
    this.#place.look();
    if (this.#working || this.#fault !== undefined || this.#closed) return;
    try {
      this.#place.check();
    } catch (error) {
      this.#failed(error as Error, []);
    }
  }

  #every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms);
    timer.unref();
    this.#timers.push(timer);
  }
}
