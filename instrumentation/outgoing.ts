import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { folded } from './bound.ts';
import { labelKeys, type Series, seriesId, seriesLabels } from './increments.ts';
import { METRIC_KEYS, type MetricRow, row } from './metrics.ts';
import { UNIT_SUFFIX } from './names.ts';
import { type Base, type HistogramTotal, isHistogram, type Total } from './totals.ts';

const NONE: ReadonlyMap<string, Series> = new Map();
const BY_NAME = new Map<string, MetricRow>(METRIC_KEYS.map((key) => [row(key).name, row(key)]));

export interface Outgoing {
  /** Read at each call, because a ledger that recovers from a fault has a new base. */
  readonly base: Base;
  /** The road ends in Prometheus text, whose serializer adds no unit: the name gets it here. */
  readonly scrape: boolean;
  /** The reader's histograms are cumulative. The SDK leaves out what was not recorded yet, so a point cannot tell. */
  readonly cumulativeHistograms: boolean;
  /** The rows by instrument name; the table's own, except in tests. */
  readonly table?: ReadonlyMap<string, MetricRow>;
}

/**
 * The one step on the way out, for scrape and push alike. Pure: input and base are left as they are.
 *
 * Cumulative points of durable metrics get what the ledger held before this process and its start time, so that a
 * restart is invisible. Delta points pass untouched: what a former process counted was pushed by it. Series of gauges
 * that ended are dropped.
 */
export function outgoing(metrics: ResourceMetrics, options: Outgoing): ResourceMetrics {
  const { base, scrape, cumulativeHistograms, table = BY_NAME } = options;
  const scopes = metrics.scopeMetrics.map(({ scope, metrics: list }) => ({
    scope,
    list: folded(list, base.histograms ?? NONE),
  }));
  const present = new Set(scopes.flatMap(({ list }) => list.map((each) => each.descriptor.name)));
  const endTime = metrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.endTime ?? hrTime(base.startTimeMs);
  const missing = cumulativeHistograms
    ? [...table.values()].filter((each) => each.durable && each.kind === 'histogram' && !present.has(each.name))
    : [];
  return {
    resource: metrics.resource,
    scopeMetrics: scopes.map(({ scope, list }, i) => {
      const restored = list
        .flatMap((metric) => withCurrent(metric, base))
        .map((metric) => {
          const known = table.get(metric.descriptor.name);
          return known?.durable ? withBase(metric, known, base, endTime) : metric;
        });
      if (i === 0) restored.push(...missing.flatMap((known) => savedHistogram(known, base, endTime)));
      return { scope, metrics: scrape ? restored.map(withUnitSuffix) : restored };
    }),
  };
}

/** A gauge as it is now, without the series that ended (their instrument marks them with NaN); nothing when none is left. */
function withCurrent(metric: MetricData, { gauges }: Base): MetricData[] {
  if (metric.dataPointType !== DataPointType.GAUGE) return [metric];
  const dataPoints = metric.dataPoints
    .map((point) => ({ ...point, value: gauges?.get(point.attributes) ?? point.value }))
    .filter((point) => !Number.isNaN(point.value));
  return dataPoints.length > 0 ? [{ ...metric, dataPoints }] : [];
}

function withBase(metric: MetricData, known: MetricRow, base: Base, endTime: HrTime): MetricData {
  if (metric.aggregationTemporality !== AggregationTemporality.CUMULATIVE) return metric;
  const startTime = hrTime(base.startTimeMs);
  const total = (point: DataPoint<unknown>) => base.totals.get(idOf(known, point));
  if (metric.dataPointType === DataPointType.SUM) {
    return {
      ...metric,
      dataPoints: metric.dataPoints.map((point) => ({
        ...point,
        startTime,
        value: point.value + (total(point)?.sum ?? 0),
      })),
    };
  }
  if (metric.dataPointType !== DataPointType.HISTOGRAM) return metric;
  const points = metric.dataPoints.map((point) => ({
    ...point,
    startTime,
    value: plusTotal(point.value, total(point)),
  }));
  const seen = new Set(points.map((point) => idOf(known, point)));
  return { ...metric, dataPoints: [...points, ...savedPoints(known, base, endTime, seen)] };
}

function idOf(known: MetricRow, point: DataPoint<unknown>): string {
  return seriesId(
    known.name,
    labelKeys(known, point.attributes).map((key) => [key, String(point.attributes[key] ?? '')]),
  );
}

function plusTotal(value: Histogram, total: Total | undefined): Histogram {
  if (!total || !isHistogram(total) || !sameBoundaries(total, value.buckets.boundaries)) return value;
  const counts = value.buckets.counts.map((count, i) => count + (total.counts[i] ?? 0));
  // What a former process saw as its smallest and largest value is not kept, so none is claimed for the whole.
  const { min: _min, max: _max, ...rest } = value;
  return {
    ...rest,
    buckets: { boundaries: value.buckets.boundaries, counts },
    count: value.count + total.count,
    sum: (value.sum ?? 0) + total.sum,
  };
}

/** Buckets that a new version cut elsewhere cannot be added to; the old ones stay in the ledger, unexported. */
const sameBoundaries = (total: HistogramTotal, boundaries: readonly number[]): boolean =>
  total.boundaries.length === boundaries.length && total.boundaries.every((bound, i) => bound === boundaries[i]);

/** The saved points of a histogram that this process has not recorded in yet. */
function savedPoints(known: MetricRow, base: Base, endTime: HrTime, seen: ReadonlySet<string>): DataPoint<Histogram>[] {
  const points: DataPoint<Histogram>[] = [];
  for (const [id, total] of base.totals) {
    if (seen.has(id) || !isHistogram(total) || !sameBoundaries(total, known.buckets ?? [])) continue;
    const attributes = seriesLabels(id, known);
    if (!attributes) continue;
    points.push({
      attributes,
      startTime: hrTime(base.startTimeMs),
      endTime,
      value: {
        buckets: { boundaries: [...total.boundaries], counts: [...total.counts] },
        count: total.count,
        sum: total.sum,
      },
    });
  }
  return points;
}

function savedHistogram(known: MetricRow, base: Base, endTime: HrTime): MetricData[] {
  const dataPoints = savedPoints(known, base, endTime, new Set());
  if (dataPoints.length === 0) return [];
  return [
    {
      descriptor: { name: known.name, description: known.help, unit: known.unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints,
    },
  ];
}

const hrTime = (ms: number): [number, number] => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

function withUnitSuffix(metric: MetricData): MetricData {
  const suffix = UNIT_SUFFIX[metric.descriptor.unit];
  const { name } = metric.descriptor;
  const named = suffix && !name.endsWith(suffix) ? `${name}.${suffix}` : name;
  // The text format has no unit of its own; an annotation such as {message} would be printed as a comment.
  return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: '' } };
}
