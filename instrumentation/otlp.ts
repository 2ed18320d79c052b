import {
  AggregationTemporality,
  InstrumentType,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { Transport } from './otlp-answer.ts';
import { OtlpExporter, type Push } from './otlp-exporter.ts';
import type { OtlpOptions } from './otlp-options.ts';
import { outgoing } from './outgoing.ts';
import { SDK_SERIES_LIMIT } from './provider.ts';
import type { Base } from './totals.ts';

export type { Push } from './otlp-exporter.ts';
export type { OtlpOptions } from './otlp-options.ts';

/** A way out that pushes: the reader collects on a timer, the exporter sends. */
export interface OtlpPush {
  readonly id: string;
  readonly reader: PeriodicExportingMetricReader;
  readonly exporter: OtlpExporter;
}

/** Pushes to one OTLP backend. A backend that is dead or slow delays nothing but itself. */
export async function otlpPush(
  options: OtlpOptions,
  base: () => Base,
  onPush: (push: Push) => void,
): Promise<OtlpPush> {
  const exporter = new OtlpExporter(options, await transport(options), onPush);
  const reader = new PeriodicExportingMetricReader({
    exporter: completing(exporter, base),
    exportIntervalMillis: options.intervalMs,
    exportTimeoutMillis: options.intervalMs,
    cardinalityLimits: { default: SDK_SERIES_LIMIT },
  });
  return { id: options.id, reader, exporter };
}

/** gRPC takes long to load, so that only its users pay for it. */
async function transport(options: OtlpOptions): Promise<Transport> {
  if (options.protocol === 'grpc') return (await import('./otlp-grpc.ts')).grpcTransport(options);
  return (await import('./otlp-http.ts')).httpTransport(options);
}

/** The exporter with our own step before it. */
function completing(exporter: OtlpExporter, base: () => Base): PushMetricExporter {
  const cumulativeHistograms =
    exporter.selectAggregationTemporality(InstrumentType.HISTOGRAM) === AggregationTemporality.CUMULATIVE;
  return {
    export: (metrics, done) =>
      exporter.export(outgoing(metrics, { base: base(), scrape: false, cumulativeHistograms }), done),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
  };
}
