import { setTimeout as sleep } from 'node:timers/promises';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Answer, oneLine, secretsOf, type Transport } from './answer.ts';
import type { OtlpOptions } from './options.ts';

/** What became of one push, retries included. */
export interface Push extends Answer {
  readonly points: number;
  readonly attempts: number;
  readonly durationMs: number;
  /** Of a push that was taken, the points that were not. */
  readonly rejectedPoints: number;
  /** For how long the backend is left alone now, because it asked for that. */
  readonly pauseMs: number;
}

/** Which instruments each preference reports as deltas. https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/ */
const DELTA: Readonly<Record<OtlpOptions['temporality'], readonly InstrumentType[]>> = {
  cumulative: [],
  delta: [InstrumentType.COUNTER, InstrumentType.OBSERVABLE_COUNTER, InstrumentType.HISTOGRAM],
  lowmemory: [InstrumentType.COUNTER, InstrumentType.HISTOGRAM],
};
const BACKOFF_FACTOR = 1.5;
const JITTER = 0.2;
/** With less time than this left no other attempt is made: it would end as a timeout, whatever ails the backend. */
const SHORTEST_ATTEMPT_MS = 100;
/** What a push may take when the process stops: one under way and the last one, within five seconds together. */
const HURRIED_MS = 2_000;
/** The longest pause that a backend is given, whatever it asks for: none may silence an exporter for ever. */
export const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Pushes to one OTLP backend. A push is over after `maxElapsedMs` whatever the backend does, and its failure is
 * reported to `onPush` only: the reader would do no more than log it.
 *
 * Not the SDK's exporters: those read OTEL_EXPORTER_OTLP_* whatever options they are given, so that one vendor's key
 * would go to another; they wait without end for a backend that drips; they do not retry over gRPC, and never tell what
 * the backend said.
 */
export class OtlpExporter implements PushMetricExporter {
  readonly #options: OtlpOptions;
  readonly #transport: Transport;
  readonly #serializer: ISerializer<ResourceMetrics, unknown>;
  readonly #monotonicMs: () => number;
  readonly #onPush: (push: Push) => void;
  readonly #secrets: readonly string[];
  readonly #closing = new AbortController();
  #hurried = false;
  #inFlight = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: OtlpOptions, transport: Transport, monotonicMs: () => number, onPush: (push: Push) => void) {
    this.#options = options;
    this.#transport = transport;
    this.#serializer = options.protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer;
    this.#monotonicMs = monotonicMs;
    this.#onPush = onPush;
    this.#secrets = secretsOf(options.headers);
  }

  /** Data points of the push that is under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long the backend still wants to be left alone. The last push of a process that stops does not wait. */
  get pauseMs(): number {
    return this.#hurried ? 0 : Math.max(0, this.#quietUntilMs - this.#monotonicMs());
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    const points = metrics.scopeMetrics.flatMap((scope) => scope.metrics).reduce((n, m) => n + m.dataPoints.length, 0);
    const startMs = performance.now();
    this.#inFlight += points;
    this.#send(metrics)
      .catch((error: Error) => unsent(error))
      .then((answer) => {
        this.#inFlight -= points;
        const words = oneLine(answer.words, this.#secrets);
        const rejectedPoints = Math.min(answer.rejectedPoints ?? 0, points);
        const { pauseMs } = this;
        this.#onPush({ ...answer, words, rejectedPoints, points, pauseMs, durationMs: performance.now() - startMs });
      })
      .finally(() => done({ code: ExportResultCode.SUCCESS }));
  }

  async #send(metrics: ResourceMetrics): Promise<Answer & { attempts: number }> {
    const body = this.#serializer.serializeRequest(metrics);
    if (!body) throw new Error('the metrics could not be encoded');
    const { timeoutMs, retry } = this.#options;
    const budgetMs = this.#hurried ? Math.min(HURRIED_MS, retry.maxElapsedMs) : retry.maxElapsedMs;
    // Once the process stops, what was under way before that gets no more time than the last push.
    const stop = this.#hurried ? new AbortController().signal : this.#closing.signal;
    const deadlineMs = performance.now() + budgetMs;
    let backoffMs = retry.initialIntervalMs;
    for (let attempts = 1; ; attempts++) {
      const leftMs = deadlineMs - performance.now();
      const answer = await this.#transport.send(body, Math.ceil(Math.min(timeoutMs, Math.max(leftMs, 1))), stop);
      if (answer.retryAfterMs !== undefined) {
        this.#quietUntilMs = this.#monotonicMs() + Math.min(answer.retryAfterMs, LONGEST_PAUSE_MS);
      }
      const waitMs = Math.max(jittered(backoffMs), answer.retryAfterMs ?? 0);
      const over = performance.now() + waitMs + SHORTEST_ATTEMPT_MS >= deadlineMs || stop.aborted;
      if (!retry.enabled || over || !this.#mayRetry(answer)) return { ...answer, attempts };
      backoffMs = Math.min(backoffMs * BACKOFF_FACTOR, retry.maxIntervalMs);
      await sleep(waitMs, undefined, { signal: stop, ref: false }).catch(() => {});
      if (stop.aborted) return { ...answer, attempts };
    }
  }

  /** A total may be sent twice; a delta that the backend could have taken must not. */
  #mayRetry({ outcome, untouched }: Answer): boolean {
    if (outcome !== 'unavailable' && outcome !== 'timeout') return false;
    return this.#options.temporality === 'cumulative' || untouched === true;
  }

  /** The process stops: from now on a push may take two seconds, the one under way too. */
  hurry(): void {
    if (this.#hurried) return;
    this.#hurried = true;
    setTimeout(() => this.#closing.abort(), HURRIED_MS).unref();
  }

  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    const delta = DELTA[this.#options.temporality].includes(type);
    return delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
  }

  /** Nothing waits here: a push is over when `export` says so. */
  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#transport.close();
  }
}

const unsent = ({ message }: Error): Answer & { attempts: number } => ({
  outcome: 'rejected',
  words: `not sent: ${message}`,
  attempts: 0,
});

const jittered = (ms: number): number => ms * (1 + JITTER * (2 * Math.random() - 1));
