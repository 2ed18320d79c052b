import { type Increment, labelled } from '../../instrumentation/increments.ts';
import { filledIn, NOTHING_REQUESTED, type Requested } from '../../instrumentation/requested.ts';
import type { Reduction } from '../ledger/ledger.ts';
import type { LedgerRecord } from '../ledger/record.ts';

/**
 * What an event makes of its record, with the labels on request: the first event decides them for the whole life of the
 * record, and a later one fills in what is still unknown. What was counted before is not moved.
 */
export function withLabels(
  previous: LedgerRecord | undefined,
  next: LedgerRecord,
  increments: readonly Increment[],
  told: Requested,
): Exclude<Reduction, 'duplicate'> {
  if (told === NOTHING_REQUESTED) return { next, increments };
  const labels = filledIn(previous?.labels, told);
  return { next: { ...next, labels: labels.kept }, increments: labelled(increments, labels) };
}

/** An event that was told before: nothing, or what this copy of it knows and the record does not. */
export function again(
  previous: LedgerRecord,
  told: Requested,
  next: LedgerRecord = previous,
  increments: readonly Increment[] = [],
): Reduction {
  const nothing = told === NOTHING_REQUESTED || filledIn(previous.labels, told).kept === previous.labels;
  if (nothing && next === previous) return 'duplicate';
  return { ...withLabels(previous, next, increments, told), duplicate: true };
}
