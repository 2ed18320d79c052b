import type { Increment } from '../../instrumentation/increments.ts';
import type { Base } from '../../instrumentation/totals.ts';
import type { OpenBook } from './book.ts';
import type { LedgerRecord } from './record.ts';

/** What a reducer makes of one event: nothing new, or the next record and what it adds to the totals. */
export type Reduction =
  | 'duplicate'
  | {
      readonly next: LedgerRecord;
      readonly increments: readonly Increment[];
      /** The event was told before; this copy of it only adds what the first one did not know. */
      readonly duplicate?: true;
    };

/** One event for one key. `reduce` must be pure: the ledger may call it more than once. */
export interface Change {
  readonly key: string;
  readonly reduce: (previous: LedgerRecord | undefined) => Reduction;
}

export type ChangeOutcome = 'accepted' | 'duplicate';

export interface LedgerStats {
  readonly entries: number;
  readonly maxEntries: number;
  /** Bytes on disk, 0 in memory. */
  readonly bytes: number;
  /** How far back duplicates are known: the configured window, or less where `maxEntries` cut it short. */
  readonly windowSeconds: number;
}

/**
 * How far ahead of the clock a signed time may be. A ledger of such events keeps its records so much longer: until the
 * time itself is too old.
 */
export const AHEAD_MS = 3_600_000;

/** Called once for each durable batch, before anybody who waits for it is answered. */
export type OnCommit = (increments: readonly Increment[]) => void;

/**
 * The promise: an event whose `apply` resolved is counted exactly once, for as long as the ledger keeps its record.
 *
 * `apply` resolves once the records and the totals of all its changes are kept, in one atomic step, and in the order
 * of the calls for changes of one key. It rejects with a `Rejection` (`ledger_unavailable`) when that is not known to be
 * done; applied again, such a change counts once, or is found to be counted.
 */
export interface Ledger {
  readonly storage: string;
  /** True when a restart forgets everything. */
  readonly volatile: boolean;
  /** Identifies this ledger's series in a backend, across restarts. */
  readonly instanceId: string;
  /** What the totals held before this process counted: base + instruments = ledger, always. */
  readonly base: Base;
  apply(changes: readonly Change[]): Promise<readonly ChangeOutcome[]>;
  stats(): LedgerStats;
  /** What has begun and not ended. */
  readonly book: OpenBook;
  /** Why nothing can be made durable now, or `undefined` when it can. */
  unavailable(): string | undefined;
  close(): Promise<void>;
}
