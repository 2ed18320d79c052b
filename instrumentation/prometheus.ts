import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { outgoing } from './outgoing.ts';
import { SDK_SERIES_LIMIT } from './provider.ts';
import type { Base } from './totals.ts';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const COLLECT_TIMEOUT_MS = 5_000;

class ScrapeReader extends PrometheusExporter {
  override selectCardinalityLimit(): number {
    return SDK_SERIES_LIMIT;
  }
}

/** The scrape page: the exporter collects, our own step completes, the exporter's serializer writes. */
export class Scrape {
  readonly reader = new ScrapeReader({ preventServerStart: true });
  // No constant labels; target_info stays; no otel_scope_* labels.
  readonly #serializer = new PrometheusSerializer('', false, undefined, false, true);
  readonly #base: () => Base;
  readonly #onPage: (seconds: number) => void;
  #running: Promise<string> | undefined;
  /** Size of the last page; `undefined` before the first. */
  lastBytes: number | undefined;

  constructor(base: () => Base, onPage: (seconds: number) => void = () => {}) {
    this.#base = base;
    this.#onPage = onPage;
  }

  /** The page as text. Scrapes at the same time share one collection; nothing is kept for a later one. */
  page(): Promise<string> {
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #collect(): Promise<string> {
    const startMs = performance.now();
    const { resourceMetrics, errors } = await this.reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS });
    if (errors.length > 0) throw new AggregateError(errors, 'a metric could not be collected');
    const page = this.#serializer.serialize(
      outgoing(resourceMetrics, { base: this.#base(), scrape: true, cumulativeHistograms: true }),
    );
    this.lastBytes = Buffer.byteLength(page);
    this.#onPage((performance.now() - startMs) / 1_000);
    return page;
  }
}
