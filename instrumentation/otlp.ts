import type { IncomingHttpHeaders } from 'node:http';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  AggregationTemporality,
  InstrumentType,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { outgoing } from './outgoing.ts';
import { SDK_SERIES_LIMIT } from './provider.ts';
import type { Base } from './totals.ts';

export interface OtlpOptions {
  /** `otlp` or `otlp/<name>`. */
  readonly id: string;
  /** The full URL of the metrics signal. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory';
}

const PREFERENCE = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
  lowmemory: AggregationTemporalityPreference.LOWMEMORY,
} as const;

/** A reader that pushes to one OTLP backend. A backend that is dead or slow delays nothing but itself. */
export function otlpReader(options: OtlpOptions, base: () => Base): PeriodicExportingMetricReader {
  const exporter = new OTLPMetricExporter({
    url: options.url,
    headers: { ...options.headers } as IncomingHttpHeaders as Record<string, string>,
    compression: options.compression as never,
    timeoutMillis: options.timeoutMs,
    temporalityPreference: PREFERENCE[options.temporality],
  });
  return new PeriodicExportingMetricReader({
    exporter: completing(exporter, base),
    exportIntervalMillis: options.intervalMs,
    exportTimeoutMillis: Math.min(options.timeoutMs, options.intervalMs),
    cardinalityLimits: { default: SDK_SERIES_LIMIT },
  });
}

/** The exporter with our own step before it. */
function completing(exporter: PushMetricExporter, base: () => Base): PushMetricExporter {
  return {
    export: (metrics, done) =>
      exporter.export(
        outgoing(metrics, {
          base: base(),
          scrape: false,
          cumulativeHistograms:
            exporter.selectAggregationTemporality!(InstrumentType.HISTOGRAM) === AggregationTemporality.CUMULATIVE,
        }),
        done,
      ),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregation: (type) => exporter.selectAggregation!(type),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality!(type),
  };
}
