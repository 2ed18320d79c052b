import { add, type Increment, type Series, series } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS, row } from '../../instrumentation/metrics.ts';
import { plus, type Total } from '../../instrumentation/totals.ts';
import type { Clock } from '../../src/clock.ts';
import { hasAny, Statuses } from '../../src/families/statuses.ts';
import type { BookRules } from '../../src/ledger/book.ts';
import type { Change, ChangeOutcome, Ledger, OnCommit } from '../../src/ledger/ledger.ts';
import { type LedgerRecord, withSeen } from '../../src/ledger/record.ts';
import { ManualClock } from '../manual-clock.ts';

/** What a ledger is opened with. */
export interface Setting {
  readonly windowMs: number;
  readonly maxEntries: number;
  readonly books: readonly BookRules[];
  readonly clock: Clock;
  readonly onCommit: OnCommit;
}

type Limits = Pick<Setting, 'windowMs' | 'maxEntries' | 'books'>;

/** One way to keep the ledger, as the contract sees it. */
export interface Keeping {
  /** A new and empty ledger. */
  open(setting: Setting): Promise<Ledger>;
  /** Closes the ledger and opens what it left. Absent when nothing outlives the process. */
  restart?(ledger: Ledger, setting: Setting): Promise<Ledger>;
  /** Opens what a process that was killed now would leave, without closing anything first. */
  crash?(ledger: Ledger, setting: Setting): Promise<Ledger>;
}

export type Status = LabelsOf<'messageCallback'>['status'];
export const ALL_STATUSES: readonly Status[] = METRICS.messageCallback.labels.status.values;
const BITS = new Statuses<Status>(ALL_STATUSES);

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A ledger, its clock, and the instruments of its process. */
export class Bench {
  readonly clock = new ManualClock();
  readonly #keeping: Keeping;
  readonly #limits: Limits;
  #ledger!: Ledger;
  #counted!: Map<string, Total>;

  private constructor(keeping: Keeping, limits: Partial<Limits>) {
    this.#keeping = keeping;
    this.#limits = { windowMs: 7 * DAY_MS, maxEntries: 1_000, books: [], ...limits };
  }

  static async open(keeping: Keeping, limits: Partial<Limits> = {}): Promise<Bench> {
    const bench = new Bench(keeping, limits);
    bench.#ledger = await keeping.open(bench.#setting());
    return bench;
  }

  /** A setting with instruments at zero, as a new process has them. */
  #setting(): Setting {
    const counted = new Map<string, Total>();
    this.#counted = counted;
    const onCommit = (increments: readonly Increment[]) => {
      for (const { series, value } of increments) {
        counted.set(series.id, plus(counted.get(series.id), row(series.metric), value));
      }
    };
    return { ...this.#limits, clock: this.clock, onCommit };
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  async restart(): Promise<void> {
    this.#ledger = await this.#keeping.restart!(this.#ledger, this.#setting());
  }

  async crash(): Promise<void> {
    this.#ledger = await this.#keeping.crash!(this.#ledger, this.#setting());
  }

  /** A change as a family makes it: each status of a key counts once. `seen` is told what the reducer was given. */
  change(key: string, status: Status, seen: (previous: LedgerRecord | undefined) => void = () => {}): Change {
    const bit = BITS.bit(status);
    const atMs = this.clock.nowMs();
    return {
      key: `message:${key}`,
      reduce: (previous) => {
        seen(previous);
        if (hasAny(previous, bit)) return 'duplicate';
        return { next: withSeen(previous, bit, atMs), increments: [add('messageCallback', { status })] };
      },
    };
  }

  bit(status: Status): number {
    return BITS.bit(status);
  }

  /** Applies one change and says what became of it. */
  async apply(key: string, status: Status = 'sent'): Promise<ChangeOutcome> {
    const [outcome] = await this.#ledger.apply([this.change(key, status)]);
    return outcome!;
  }

  /** base + instruments of one status. */
  total(status: Status): number {
    return this.sum(series('messageCallback', { status }));
  }

  /** base + instruments of one series. */
  sum({ id }: Series): number {
    return (this.#ledger.base.totals.get(id)?.sum ?? 0) + (this.#counted.get(id)?.sum ?? 0);
  }

  /** base + instruments of every status. */
  totals(): Record<string, number> {
    return Object.fromEntries(ALL_STATUSES.map((status) => [status, this.total(status)]));
  }
}
