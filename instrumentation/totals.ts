import type { Series } from './increments.ts';
import { METRIC_KEYS, type MetricRow, row } from './metrics.ts';

/** The running total of one series: a sum, or a histogram with one count per bucket and one above the last boundary. */
export type Total = { readonly sum: number } | HistogramTotal;
export interface HistogramTotal {
  readonly count: number;
  readonly sum: number;
  readonly counts: readonly number[];
  readonly boundaries: readonly number[];
}

/** What a ledger held when the instruments of this process stood at zero, and since when it counts. */
export interface Base {
  readonly startTimeMs: number;
  /** By series id. */
  readonly totals: ReadonlyMap<string, Total>;
  /**
   * What the gauges say now, by the attributes object of their series; NaN for a series that ended. The SDK keeps the
   * value with the latest wall clock, so it would show an old one for as long as the clock was set back.
   */
  readonly gauges?: ReadonlyMap<object, number>;
  /** The series of histograms that are instruments of their own, by the names of these. */
  readonly histograms?: ReadonlyMap<string, Series>;
}

export const isHistogram = (total: Total): total is HistogramTotal => 'counts' in total;

/** The total after one increment; the metric's row says whether it is a sum or a histogram. */
export function plus(total: Total | undefined, metric: MetricRow, value: number): Total {
  if (metric.kind !== 'histogram') return { sum: (total?.sum ?? 0) + value };
  const boundaries = metric.buckets ?? [];
  const old = total && isHistogram(total) ? total : undefined;
  const counts = old ? [...old.counts] : new Array<number>(boundaries.length + 1).fill(0);
  const bucket = boundaries.findIndex((bound) => value <= bound);
  const index = bucket === -1 ? boundaries.length : bucket;
  counts[index] = (counts[index] ?? 0) + 1;
  return { count: (old?.count ?? 0) + 1, sum: (old?.sum ?? 0) + value, counts, boundaries };
}

/**
 * The totals with a 0 for each histogram without labels that was never recorded in. rate() cannot see the first value of a
 * series: without it the first messages of an agent would be in no quantile. Counters have their zeros by themselves.
 */
export function withEmptyHistograms(totals: ReadonlyMap<string, Total>): ReadonlyMap<string, Total> {
  const all = new Map(totals);
  for (const key of METRIC_KEYS) {
    const { name, kind, durable, labels, buckets: boundaries = [] } = row(key);
    if (kind !== 'histogram' || !durable || Object.keys(labels).length > 0 || all.has(name)) continue;
    all.set(name, { count: 0, sum: 0, counts: [...boundaries, 0].map(() => 0), boundaries });
  }
  return all;
}

/** `a - b` of one series: what the ledger holds beyond what the instruments have. */
export function difference(a: Total, b: Total | undefined): Total {
  if (!b) return a;
  if (!isHistogram(a) || !isHistogram(b)) return { sum: a.sum - b.sum };
  return {
    count: a.count - b.count,
    sum: a.sum - b.sum,
    counts: a.counts.map((count, i) => count - (b.counts[i] ?? 0)),
    boundaries: a.boundaries,
  };
}
