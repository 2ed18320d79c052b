import type { Increment } from '../../instrumentation/increments.ts';
import type { CounterKey, MetricKey, ObservableKey } from '../../instrumentation/metrics.ts';
import type { Total } from '../../instrumentation/totals.ts';
import type { BookRules } from '../ledger/book.ts';
import type { Change, Reduction } from '../ledger/ledger.ts';
import type { LedgerRecord } from '../ledger/record.ts';

/**
 * One kind of thing that is counted. It never sees a request: several feeds may tell of the same thing, and because they
 * make the same event with the same key, it counts once.
 *
 * The family is pure: no clock, no disk, no instrument, no state of its own.
 */
export interface Family<Event> {
  /** Its label value where families are told apart, and how the keys of its records begin. */
  readonly name: string;
  /** What names the event's record in the ledger, made of signed fields. */
  key(event: Event): string;
  /** What the event changes, given what is known of its key. The order of arrival must not change the totals. */
  reduce(previous: LedgerRecord | undefined, event: Event): Reduction;
  /** What a record's events added to the totals, by metric: the ledger's check holds the totals against it. */
  recount(record: LedgerRecord): Partial<Record<MetricKey, number>>;
  /**
   * What the totals of an older version lack and what follows from them, when a counter came later than what it counts.
   * Nothing once it is there.
   */
  inherit?(totals: ReadonlyMap<string, Total>): readonly Increment[];
  /** How its records begin and end; absent where an event is all there is. */
  readonly life?: Life;
}

/** The life of a family's records: which phases there are, where a record stands, and what tells of it. */
export interface Life extends Pick<BookRules, 'phases' | 'open'> {
  readonly inFlight: ObservableKey;
  readonly overdue: ObservableKey;
  readonly unresolved: CounterKey;
  /** The defaults of `overdue_after` and `unresolved_after` of the family. */
  readonly overdueAfter: string;
  readonly unresolvedAfter: string;
}

export interface Lifecycle extends Life {
  readonly name: string;
}

/** The change that an event makes to the ledger. */
export const change = <Event>(family: Family<Event>, event: Event): Change => ({
  key: `${family.name}:${family.key(event)}`,
  reduce: (previous) => family.reduce(previous, event),
});
