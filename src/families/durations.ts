import { add, type Increment, observe } from '../../instrumentation/increments.ts';
import type { HistogramKey, LabelsOf } from '../../instrumentation/metrics.ts';
import { type LedgerRecord, NO_TIMES, type Times, timesAfter } from '../ledger/record.ts';
import { hasAny } from './statuses.ts';

type Skipped = LabelsOf<'durationsSkipped'>;
type Observed = Extract<
  HistogramKey,
  'messageDeliveryDuration' | 'messageQueueDuration' | 'messageCarrierDuration' | 'callDuration' | 'callRingDuration'
>;

/** Why an event has no time of which a duration could be made: the one that was signed lies in the future, or none was that could be one. */
export type NoTime = Extract<Skipped['reason'], 'future' | 'no_time'>;

/** When something happened, in ms since the epoch, or why that is not known. */
export type When = number | NoTime;

/** Signed times are cut to seconds and receive times are not: up to so much less than nothing is nothing. */
const TOLERANCE_S = 1;

/** A duration that is observed once for each record. */
export interface Duration {
  readonly metric: Observed;
  /** How it is called where it is skipped. */
  readonly name: Skipped['metric'];
  /** Nothing takes longer, in seconds. */
  readonly longestS: number;
}

/** A duration from the first of some times to another one, by their places in a record. */
export interface Span extends Duration {
  readonly from: readonly number[];
  readonly to: number;
}
export type Spans = readonly Span[];

/** A duration of so many seconds: observed, or counted as skipped where it cannot be right. */
export function lasted({ metric, name, longestS }: Duration, seconds: number): Increment {
  if (seconds < -TOLERANCE_S) return skipped(name, 'negative');
  if (seconds > longestS) return skipped(name, 'too_long');
  return observe(metric, Math.max(0, seconds));
}

const skipped = (metric: Skipped['metric'], reason: Skipped['reason']): Increment =>
  add('durationsSkipped', { metric, reason });

/**
 * The record after a status, with its time in each place whose statuses it is one of. A place holds the earliest time; one
 * whose statuses were not seen before begins anew, because an upgraded record holds another time there.
 */
export function withTimes(
  previous: LedgerRecord | undefined,
  bit: number,
  places: readonly number[],
  at: When,
): LedgerRecord {
  const seen = (previous?.seen ?? 0) | bit;
  const times = timesOf(previous, bit, places, at);
  return previous?.labels === undefined ? { seen, times } : { seen, times, labels: previous.labels };
}

function timesOf(previous: LedgerRecord | undefined, bit: number, places: readonly number[], at: When): Times {
  const times = previous?.times ?? NO_TIMES;
  if (typeof at !== 'number') return times;
  let anew = 0;
  let again = 0;
  for (let place = 0; place < places.length; place++) {
    const statuses = places[place]!;
    if ((bit & statuses) === 0) continue;
    if (hasAny(previous, statuses)) again |= 1 << place;
    else anew |= 1 << place;
  }
  return timesAfter(times, anew, again, at);
}

/**
 * Adds the durations whose second time is known now and was not before, in whatever order the two came. `place` is where
 * the time of the status belongs: what ends there is skipped when it has none.
 */
export function spent(
  spans: Spans,
  previous: LedgerRecord | undefined,
  next: LedgerRecord,
  place: number,
  at: When,
  increments: Increment[],
): void {
  const before = previous?.times ?? NO_TIMES;
  // One event is never both ends, so what is the first that is known of a record ends nothing.
  if (typeof at === 'number' && (next.times === before || before.length === 0)) return;
  for (const span of spans) {
    if (span.to === place && typeof at !== 'number') increments.push(skipped(span.name, at));
    const end = next.times[span.to];
    const start = first(next.times, span.from);
    if (start === undefined || end === undefined) continue;
    if (before[span.to] !== undefined && first(before, span.from) !== undefined) continue;
    increments.push(lasted(span, (end - start) / 1_000));
  }
}

function first(times: Times, places: readonly number[]): number | undefined {
  let least: number | undefined;
  for (const place of places) {
    const time = times[place];
    if (time !== undefined && (least === undefined || time < least)) least = time;
  }
  return least;
}
