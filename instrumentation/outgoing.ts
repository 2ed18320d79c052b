import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { seriesId } from './increments.ts';
import { METRIC_KEYS, type MetricRow, row } from './metrics.ts';
import { type Base, isHistogram, type Total } from './totals.ts';

const BY_NAME = new Map<string, MetricRow>(METRIC_KEYS.map((key) => [row(key).name, row(key)]));

export interface Outgoing {
  /** Read at each call, because a ledger that recovers from a fault has a new base. */
  readonly base: Base;
  /** The road ends in Prometheus text, whose serializer adds no unit: the name gets it here. */
  readonly scrape: boolean;
}

/**
 * The one step on the way out, for scrape and push alike. Pure: input and base are left as they are.
 *
 * Cumulative points of durable metrics get what the ledger held before this process and its start time, so that a
 * restart is invisible. Delta points pass untouched: what a former process counted was pushed by it.
 */
export function outgoing(metrics: ResourceMetrics, { base, scrape }: Outgoing): ResourceMetrics {
  return {
    resource: metrics.resource,
    scopeMetrics: metrics.scopeMetrics.map(({ scope, metrics: list }) => ({
      scope,
      metrics: list.map((metric) => {
        const known = BY_NAME.get(metric.descriptor.name);
        const restored = known?.durable ? withBase(metric, known, base) : metric;
        return scrape ? withUnitSuffix(restored) : restored;
      }),
    })),
  };
}

function withBase(metric: MetricData, known: MetricRow, base: Base): MetricData {
  if (metric.aggregationTemporality !== AggregationTemporality.CUMULATIVE) return metric;
  const startTime = hrTime(base.startTimeMs);
  const keys = Object.keys(known.labels);
  const total = (point: DataPoint<unknown>) =>
    base.totals.get(
      seriesId(
        known.name,
        keys.map((key) => [key, String(point.attributes[key] ?? '')]),
      ),
    );
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
  return { ...metric, dataPoints: points };
}

function plusTotal(value: Histogram, total: Total | undefined): Histogram {
  if (!total || !isHistogram(total)) return value;
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

const hrTime = (ms: number): [number, number] => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1 */
const SUFFIX: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', 'By/s': 'bytes_per_second' };

function withUnitSuffix(metric: MetricData): MetricData {
  const suffix = SUFFIX[metric.descriptor.unit];
  const { name } = metric.descriptor;
  const named = suffix && !name.endsWith(suffix) ? `${name}.${suffix}` : name;
  // The text format has no unit of its own; an annotation such as {message} would be printed as a comment.
  return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: '' } };
}

/** The name of a metric on a Prometheus page, whichever road it takes. */
export function prometheusName(metric: MetricRow): string {
  const suffix = SUFFIX[metric.unit];
  const base = metric.name.replaceAll(/[^A-Za-z0-9_]/g, '_') + (suffix ? `_${suffix}` : '');
  return metric.kind === 'counter' || metric.kind === 'observableCounter' ? `${base}_total` : base;
}
