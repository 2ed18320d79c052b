import {
  add,
  type Increment,
  knownRequested,
  requestedSeries,
  type Series,
  savedRequested,
  savedSeries,
} from '../../instrumentation/increments.ts';
import { budget, type LabelsOf, type MetricRow, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { OTHER, othersOf } from '../../instrumentation/requested.ts';
import type { SeriesCounts } from './series-counts.ts';

/** The series that there are already. */
export interface KnownSeries {
  has(id: string): boolean;
  readonly counts: SeriesCounts;
}

/**
 * The most series that labels on request may bring a metric to. What its own labels need is kept free: their series without
 * labels on request, which a page shows at 0, and those where each is `other`.
 */
export interface SeriesLimit {
  readonly known: KnownSeries;
  /** `undefined` where no labels are requested. */
  readonly maxSeries: number | undefined;
}

/** The series that an increment moves: its own where there is room for it, else the one whose labels say `other`. */
export function admit({ series: plain, requested }: Increment, { known, maxSeries }: SeriesLimit): Series {
  if (!requested || maxSeries === undefined) return withinBudget(plain, known);
  const wanted = knownRequested(plain, requested);
  if (wanted && known.has(wanted.id)) return wanted;
  const metric = row(plain.metric);
  const count = known.counts.plain(metric.name) + known.counts.requested(metric.name);
  if (count < maxSeries - reserved(metric, maxSeries)) return requestedSeries(plain, requested);
  // Durations of before a restart are known by their totals alone.
  const saved = wanted ? undefined : savedRequested(plain, requested, known.has);
  if (saved) return saved;
  const others = requestedSeries(plain, othersOf(requested));
  return known.has(others.id) || count < maxSeries - 1 ? others : allOther(others);
}

/** What tells that an increment moved a series other than its own, if it did. */
export function overflow({ series: plain, requested }: Increment, admitted: Series): Increment | undefined {
  if (!requested || admitted === knownRequested(plain, requested)) return undefined;
  const metric = prometheusName(row(plain.metric)) as LabelsOf<'labelOverflow'>['metric'];
  return add('labelOverflow', { metric });
}

const reserved = (metric: MetricRow, maxSeries: number): number =>
  Math.min(2 * (budget(metric) ?? 0), Math.floor(maxSeries / 2));

/** A series beyond what its own labels may make becomes the one whose labels are all `other`. */
function withinBudget(wanted: Series, known: KnownSeries): Series {
  if (known.has(wanted.id)) return wanted;
  const metric = row(wanted.metric);
  const limit = budget(metric);
  return limit === undefined || known.counts.plain(metric.name) < limit ? wanted : allOther(wanted);
}

const allOther = ({ metric, labels }: Series): Series =>
  savedSeries(metric, Object.fromEntries(Object.keys(labels).map((key) => [key, OTHER])));
