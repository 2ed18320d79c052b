import { add, type Increment } from '../../instrumentation/increments.ts';
import type { LabelsOf } from '../../instrumentation/metrics.ts';
import type { Change } from '../ledger/ledger.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import type { Family } from './family.ts';
import { hasAny, RECONCILED } from './statuses.ts';

/** How something ended, as Twilio's API lists it. */
export interface Ending<Event> {
  readonly family: Family<Event>;
  readonly event: Event;
  /** The status as a bit of the record. */
  readonly bit: number;
  /** What the record is taken to have been before the event, where the list knows more than callbacks told. */
  readonly before?: (previous: LedgerRecord | undefined) => LedgerRecord | undefined;
}

/**
 * The change that compares an ending with what was heard of it. It counts once for each record, however often it is listed;
 * with `backfill` an ending that no callback told is counted by its family as if one had, so a late callback is a duplicate.
 */
export function reconciled<Event>({ family, event, bit, before }: Ending<Event>, backfill: boolean): Change {
  const labels = { family: family.name as LabelsOf<'callbacksExpected'>['family'] };
  return {
    key: `${family.name}:${family.key(event)}`,
    reduce(previous) {
      if (hasAny(previous, RECONCILED)) return 'duplicate';
      let next = previous ?? { seen: 0, times: [] };
      const increments: Increment[] = [add('callbacksExpected', labels)];
      if (!hasAny(previous, bit)) {
        increments.push(add('callbacksMissing', labels));
        const told = backfill ? family.reduce(before ? before(previous) : previous, event) : 'duplicate';
        if (told !== 'duplicate') {
          next = told.next;
          increments.push(...told.increments, add('backfilled', labels));
        }
      }
      return { next: { ...next, seen: next.seen | RECONCILED }, increments };
    },
  };
}
