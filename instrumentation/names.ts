import type { MetricRow } from './metrics/row.ts';

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1 */
export const UNIT_SUFFIX: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', 'By/s': 'bytes_per_second' };

/** The name of a metric on a Prometheus page, whichever road it takes. */
export function prometheusName(metric: Pick<MetricRow, 'name' | 'unit' | 'kind'>): string {
  const suffix = UNIT_SUFFIX[metric.unit];
  const base = metric.name.replaceAll(/[^A-Za-z0-9_]/g, '_') + (suffix ? `_${suffix}` : '');
  return metric.kind === 'counter' || metric.kind === 'observableCounter' ? `${base}_total` : base;
}
