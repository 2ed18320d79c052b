import { emptyResource, type Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  InstrumentType,
  PeriodicExportingMetricReader,
  type PeriodicExportingMetricReaderOptions,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { outgoing } from '../outgoing.ts';
import { SDK_SERIES_LIMIT } from '../provider.ts';
import type { Base } from '../totals.ts';
import type { Transport } from './answer.ts';
import { OtlpExporter, type Push } from './exporter.ts';
import type { OtlpOptions } from './options.ts';

export type { Push } from './exporter.ts';

/** A way out that pushes: the reader collects on a timer, the exporter sends. */
export interface OtlpPush {
  readonly id: string;
  readonly reader: PeriodicExportingMetricReader;
  readonly exporter: OtlpExporter;
}

export interface PushRoom {
  readonly base: () => Base;
  readonly monotonicMs: () => number;
  readonly onPush: (push: Push) => void;
}

/** Pushes to one OTLP backend. A backend that is dead or slow delays nothing but itself. */
export async function otlpPush(options: OtlpOptions, { base, monotonicMs, onPush }: PushRoom): Promise<OtlpPush> {
  const exporter = new OtlpExporter(options, await transport(options), monotonicMs, onPush);
  const pausing = () => exporter.pauseMs > 0;
  const reader = new PausingReader(pausing, {
    exporter: completing(exporter, base),
    exportIntervalMillis: options.intervalMs,
    exportTimeoutMillis: options.intervalMs,
    cardinalityLimits: { default: SDK_SERIES_LIMIT },
  });
  return { id: options.id, reader, exporter };
}

/** Pushes no metric at all, once, as whoever the resource is, and says what became of that. */
export async function pushOnce(options: OtlpOptions, resource: Resource): Promise<Push> {
  const road = await transport(options);
  const pushed = new Promise<Push>((resolve) => {
    const exporter = new OtlpExporter(options, road, () => performance.now(), resolve);
    exporter.export({ resource, scopeMetrics: [] }, () => void exporter.shutdown());
  });
  return pushed;
}

/** Skips its turn in a pause. Nothing is collected then, so that no delta is taken from the instruments and lost. */
class PausingReader extends PeriodicExportingMetricReader {
  readonly #pausing: () => boolean;

  constructor(pausing: () => boolean, options: PeriodicExportingMetricReaderOptions) {
    super(options);
    this.#pausing = pausing;
  }

  override async collect(...options: Parameters<PeriodicExportingMetricReader['collect']>): Promise<CollectionResult> {
    if (!this.#pausing()) return super.collect(...options);
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics: [] }, errors: [] };
  }
}

/** gRPC takes long to load, so that only its users pay for it. */
async function transport(options: OtlpOptions): Promise<Transport> {
  if (options.protocol === 'grpc') return (await import('./grpc.ts')).grpcTransport(options);
  return (await import('./http.ts')).httpTransport(options);
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
