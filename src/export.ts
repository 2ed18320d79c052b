import { type OtlpOptions, otlpReader } from '../instrumentation/otlp.ts';
import { Scrape } from '../instrumentation/prometheus.ts';
import type { Base } from '../instrumentation/totals.ts';
import type { Config, OtlpConfig } from './config/schema.ts';

/** The ways out that the pipeline names and that have somewhere to go. */
export function createExports(config: Config, base: () => Base) {
  const named = config.service.pipelines.metrics.exporters;
  const pushes = Object.entries(config.exporters.otlp)
    .filter(([id, otlp]) => named.includes(id) && (otlp.endpoint || otlp.metrics_endpoint))
    .map(([id, otlp]) => otlpOptions(id, otlp));
  const scrape = named.includes('prometheus') ? new Scrape(base) : undefined;
  const readers = pushes.map((options) => otlpReader(options, base));
  return { scrape, pushes, readers: scrape ? [scrape.reader, ...readers] : readers };
}

function otlpOptions(id: string, otlp: OtlpConfig): OtlpOptions {
  return {
    id,
    url: otlp.metrics_endpoint || `${otlp.endpoint.replace(/\/$/, '')}/v1/metrics`,
    headers: otlp.headers,
    compression: otlp.compression,
    timeoutMs: otlp.timeout,
    intervalMs: otlp.interval,
    temporality: otlp.temporality,
  };
}
