/**
 * THE table of metrics. Instruments, their types, `METRICS.md`, zero series, series budgets and the checks of
 * dashboards and rules derive from it; no other file spells a metric name.
 *
 * Names are OpenTelemetry's: no unit and no `_total` in the name. https://opentelemetry.io/docs/specs/semconv/general/metrics/
 */
import { ERROR_CODES } from './error-codes.ts';
import { EXPORT_OUTCOMES } from './otlp-answer.ts';

/** The `MessageStatus` values of Twilio's API, and `other` for any text that is none of them. */
const MESSAGE_STATUSES = [
  'accepted',
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'canceled',
  'read',
  'receiving',
  'received',
  'partially_delivered',
  'other',
] as const;

/** The `CallStatus` values of Twilio's callbacks, and `other`. */
const CALL_STATUSES = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
  'other',
] as const;

/** Why a call ended, from `CallStatus` and `SipResponseCode`. `normal` belongs to completed calls only. */
const DISCONNECT_REASONS = [
  'busy',
  'no_answer',
  'canceled',
  'invalid_number',
  'rejected',
  'timeout',
  'unavailable',
  'media_incompatible',
  'carrier_error',
  'failed',
] as const;

/** The operations of Twilio's REST API that the agent performs. */
export const API_OPERATIONS = ['FetchBalance', 'FetchUsageRecordsToday'] as const;
export type ApiOperation = (typeof API_OPERATIONS)[number];

/** Seconds; the boundaries that the semantic conventions advise for HTTP durations. */
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;
/** Seconds; a synchronous write takes 0.1 ms on a fast disk and seconds on a sick one. */
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
/** Seconds; up to the longest time that a request to Twilio's API may be given. */
const API_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000] as const;

/** A label whose values stand in the table: every one of `zero` (all, if absent) is shown at 0 before the first event. */
interface ClosedLabel<V extends string = string> {
  readonly values: readonly V[];
  readonly zero?: readonly V[];
}

/** A label whose closed set belongs to another room and is handed to `createInstruments` at start. */
interface SuppliedLabel {
  readonly from: 'families' | 'outcomes' | 'transportReasons' | 'tokens' | 'exporters' | 'run';
  /** Values that exist only once seen are not zero-initialised. */
  readonly zero?: false;
}

export type Label = ClosedLabel | SuppliedLabel;
export type MetricKind = 'counter' | 'histogram' | 'observableGauge' | 'observableCounter';

export interface MetricRow {
  /** The instrument's name. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM; `{thing}` counts things and adds no suffix. Not `1` for a gauge: Prometheus would call it a ratio. */
  readonly unit: string;
  readonly help: string;
  readonly labels: { readonly [key: string]: Label };
  /** The totals are kept in the ledger and come back after a restart. */
  readonly durable?: true;
  readonly buckets?: readonly number[];
  /** The most series that the metric may have; computed from the labels' closed sets when absent. */
  readonly budget?: number;
  /** Double instead of integer values (gauges and observable counters of seconds or money). */
  readonly double?: true;
}

const closed = <const V extends readonly string[]>(values: V, zero?: readonly V[number][]): ClosedLabel<V[number]> =>
  zero ? { values, zero } : { values };

export const METRICS = {
  messageCallback: {
    name: 'twilio.message.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Message status callbacks: each distinct MessageStatus of a message counts once',
    labels: { status: closed(MESSAGE_STATUSES) },
    durable: true,
  },
  messagesDelivered: {
    name: 'twilio.messages.delivered',
    kind: 'counter',
    unit: '{message}',
    help: 'Messages that reached the status delivered',
    labels: {},
    durable: true,
  },
  messagesFailed: {
    name: 'twilio.messages.failed',
    kind: 'counter',
    unit: '{message}',
    help: "Messages that ended failed or undelivered, by Twilio's error code",
    labels: { error_code: closed(['unknown', 'other', ...ERROR_CODES] as string[], ['unknown', 'other']) },
    durable: true,
  },
  callCallback: {
    name: 'twilio.call.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Call status callbacks: each distinct CallStatus of a call counts once',
    labels: { status: closed(CALL_STATUSES) },
    durable: true,
  },
  callsCompleted: {
    name: 'twilio.calls.completed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended completed',
    labels: { call_status: closed(['completed']) },
    durable: true,
  },
  callsFailed: {
    name: 'twilio.calls.failed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended busy, no-answer, failed or canceled, by the reason of their end',
    labels: { disconnect_reason: closed(DISCONNECT_REASONS) },
    durable: true,
  },
  apiErrors: {
    name: 'twilio.api.errors',
    kind: 'counter',
    unit: '{error}',
    help: "Failed calls of Twilio's REST API, by operation",
    labels: { operation: closed(API_OPERATIONS) },
  },
  apiRequestDuration: {
    name: 'twilio.api.request.duration',
    kind: 'histogram',
    unit: 's',
    help: "Duration of requests to Twilio's REST API, failed ones too, by operation",
    labels: { operation: closed(API_OPERATIONS) },
    buckets: API_SECONDS,
  },
  apiLastSuccess: {
    name: 'twilio.api.last_success.timestamp',
    kind: 'observableGauge',
    unit: 's',
    help: "When an operation of Twilio's REST API last succeeded, in seconds since the epoch; absent until it has",
    labels: { operation: closed(API_OPERATIONS) },
    double: true,
  },
  apiCollectionInterval: {
    name: 'twilio.api.collection.interval',
    kind: 'observableGauge',
    unit: 's',
    help: "How often an operation of Twilio's REST API is due: what it read disappears when it is older than three of these",
    labels: { operation: closed(API_OPERATIONS) },
    double: true,
  },
  apiUp: {
    name: 'twilio.api.up',
    kind: 'observableGauge',
    unit: '{up}',
    help: "1 while the last request of every operation of Twilio's REST API gave what was asked for, 0 when one did not; absent before the first",
    labels: {},
  },
  apiRecordsSkipped: {
    name: 'twilio.api.records.skipped',
    kind: 'counter',
    unit: '{record}',
    help: "Figures in answers of Twilio's REST API that were not exported: their number, their currency or their category is none, or they are over the series budget",
    labels: { reason: closed(['number', 'currency', 'category', 'budget']) },
  },
  accountBalance: {
    name: 'twilio.account.balance',
    kind: 'observableGauge',
    unit: '{currency}',
    help: 'Balance of the Twilio account, at most three collection intervals old',
    labels: { currency: { from: 'run' } },
    budget: 10,
    double: true,
  },
  usageAmount: {
    name: 'twilio.usage.amount',
    kind: 'observableGauge',
    unit: '{usage}',
    help: "Usage of the current UTC day, by Twilio's category, of the account and its subaccounts; starts over at 00:00 UTC; at most three collection intervals old",
    labels: { category: { from: 'run' }, usage_unit: { from: 'run' } },
    budget: 1000,
    double: true,
  },
  usagePrice: {
    name: 'twilio.usage.price',
    kind: 'observableGauge',
    unit: '{currency}',
    help: "Price of the usage of the current UTC day, by Twilio's category (totalprice is the sum of all), of the account and its subaccounts; starts over at 00:00 UTC; at most three collection intervals old",
    labels: { category: { from: 'run' }, currency: { from: 'run' } },
    budget: 1000,
    double: true,
  },
  contradictions: {
    name: 'twilio.agent.contradictions',
    kind: 'counter',
    unit: '{event}',
    help: 'Messages reported both delivered and failed, and calls reported both completed and failed',
    labels: { family: { from: 'families' } },
    durable: true,
  },
  callbacks: {
    name: 'twilio.agent.callbacks',
    kind: 'observableCounter',
    unit: '{request}',
    help: 'Requests that reached a callback family, by their one outcome: accepted, duplicate, aborted or a reason of refusal',
    labels: { family: { from: 'families' }, outcome: { from: 'outcomes' } },
  },
  transportErrors: {
    name: 'twilio.agent.transport.errors',
    kind: 'counter',
    unit: '{error}',
    help: 'Requests and connections that ended before they reached a callback family, by reason',
    labels: { reason: { from: 'transportReasons' } },
  },
  signatureVerification: {
    name: 'twilio.agent.signature.verification',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while callbacks must carry a valid X-Twilio-Signature, 0 while unsigned ones are accepted',
    labels: {},
  },
  signaturesVerified: {
    name: 'twilio.agent.signatures.verified',
    kind: 'observableCounter',
    unit: '{request}',
    help: 'Valid signatures by the position of the auth token in the configuration: 0 is the first. Watch it to end a rotation',
    labels: { token_index: { from: 'tokens' } },
  },
  buildInfo: {
    name: 'twilio.agent.build.info',
    kind: 'observableGauge',
    unit: '{build}',
    help: 'Always 1; the version that runs',
    labels: { version: { from: 'run' } },
  },
  httpServerRequestDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Duration of HTTP server requests',
    labels: {
      'http.request.method': { from: 'run' },
      'http.response.status_code': { from: 'run' },
      'http.route': { from: 'run' },
    },
    buckets: HTTP_SECONDS,
    budget: 1000,
  },
  ledgerVolatile: {
    name: 'twilio.agent.ledger.volatile',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while the ledger is kept in memory: totals and duplicates are forgotten at a restart. 0 when it is on disk',
    labels: {},
  },
  ledgerEntries: {
    name: 'twilio.agent.ledger.entries',
    kind: 'observableGauge',
    unit: '{entry}',
    help: 'Records in the ledger: messages and calls that are protected against double counting',
    labels: {},
  },
  ledgerEntriesLimit: {
    name: 'twilio.agent.ledger.entries.limit',
    kind: 'observableGauge',
    unit: '{entry}',
    help: 'Records that the ledger may hold before the oldest go before their time',
    labels: {},
  },
  ledgerSize: {
    name: 'twilio.agent.ledger',
    kind: 'observableGauge',
    unit: 'By',
    help: 'Size of the ledger on disk; 0 when it is kept in memory',
    labels: {},
  },
  ledgerWindow: {
    name: 'twilio.agent.ledger.window',
    kind: 'observableGauge',
    unit: 's',
    help: 'How far back the ledger really protects against double counting: the configured window, or less where the oldest went before their time because the ledger was full',
    labels: {},
    double: true,
  },
  ledgerAvailable: {
    name: 'twilio.agent.ledger.available',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while callbacks can be made durable, 0 while they are refused with ledger_unavailable',
    labels: {},
  },
  ledgerCommitDuration: {
    name: 'twilio.agent.ledger.commit.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time to make one batch of callbacks durable',
    labels: {},
    buckets: COMMIT_SECONDS,
  },
  ledgerBatchSize: {
    name: 'twilio.agent.ledger.batch',
    kind: 'histogram',
    unit: '{change}',
    help: 'Callbacks in one batch',
    labels: {},
    buckets: BATCH_SIZES,
  },
  exports: {
    name: 'twilio.agent.exports',
    kind: 'counter',
    unit: '{push}',
    help: 'Pushes to OTLP backends, retries included, by what became of them',
    labels: { exporter: { from: 'exporters' }, outcome: closed(EXPORT_OUTCOMES) },
  },
  exportedPoints: {
    name: 'otel.sdk.exporter.metric_data_point.exported',
    kind: 'counter',
    unit: '{data_point}',
    help: 'Data points that OTLP backends took',
    labels: { 'otel.component.name': { from: 'exporters' } },
  },
  exportRefusedPoints: {
    name: 'twilio.agent.export.refused',
    kind: 'counter',
    unit: '{data_point}',
    help: 'Data points that OTLP backends did not take, of partial successes and failed pushes',
    labels: { exporter: { from: 'exporters' } },
  },
  exportDuration: {
    name: 'otel.sdk.exporter.operation.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Duration of pushes to OTLP backends, retries included',
    labels: { 'otel.component.name': { from: 'exporters' } },
    buckets: API_SECONDS,
  },
  exportInflight: {
    name: 'twilio.agent.export.inflight',
    kind: 'observableGauge',
    unit: '{data_point}',
    help: 'Data points of the push that is under way; 0 between pushes. Nothing is queued',
    labels: { exporter: { from: 'exporters' } },
  },
  exportLastSuccess: {
    name: 'twilio.agent.export.last_success.timestamp',
    kind: 'observableGauge',
    unit: 's',
    help: 'When an OTLP backend last took a push, in seconds since the epoch; absent until it has',
    labels: { exporter: { from: 'exporters' } },
    double: true,
  },
  scrapeDuration: {
    name: 'twilio.agent.scrape.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time to collect and write a scrape page',
    labels: {},
    buckets: COMMIT_SECONDS,
  },
  scrapeSize: {
    name: 'twilio.agent.scrape.size',
    kind: 'observableGauge',
    unit: 'By',
    help: 'Size of the last scrape page, before compression',
    labels: {},
  },
  clockSkew: {
    name: 'twilio.agent.clock.skew',
    kind: 'observableGauge',
    unit: 's',
    help: "How far the machine's clock has been moved since the process started; signed times are judged by the unmoved one",
    labels: {},
    double: true,
  },
  eventLoopDelayMax: {
    name: 'nodejs.eventloop.delay.max',
    kind: 'observableGauge',
    unit: 's',
    help: 'Longest time in the last minute that the event loop came too late',
    labels: {},
    double: true,
  },
  eventLoopDelayP99: {
    name: 'nodejs.eventloop.delay.p99',
    kind: 'observableGauge',
    unit: 's',
    help: '99th percentile of how late the event loop came in the last minute',
    labels: {},
    double: true,
  },
  eventLoopTime: {
    name: 'nodejs.eventloop.time',
    kind: 'observableCounter',
    unit: 's',
    help: 'Time that the event loop has been in each state',
    labels: { 'nodejs.eventloop.state': closed(['active', 'idle']) },
    double: true,
  },
  processCpuTime: {
    name: 'process.cpu.time',
    kind: 'observableCounter',
    unit: 's',
    help: 'CPU time of the process',
    labels: { 'cpu.mode': closed(['user', 'system']) },
    double: true,
  },
  processMemoryUsage: {
    name: 'process.memory.usage',
    kind: 'observableGauge',
    unit: 'By',
    help: 'Physical memory of the process',
    labels: {},
  },
  heapUsed: {
    name: 'v8js.memory.heap.used',
    kind: 'observableGauge',
    unit: 'By',
    help: "Memory that JavaScript's objects take",
    labels: {},
  },
  processUptime: {
    name: 'process.uptime',
    kind: 'observableGauge',
    unit: 's',
    help: 'Time since the process started',
    labels: {},
    double: true,
  },
} as const satisfies Record<string, MetricRow>;

export type Metrics = typeof METRICS;
export type MetricKey = keyof Metrics;

export type LabelValue<L> = L extends ClosedLabel<infer V> ? V : string;
/** The labels of one metric, as its row in the table says. A wrong name or value is a compile error. */
export type LabelsOf<K extends MetricKey> = {
  readonly [L in keyof Metrics[K]['labels']]: LabelValue<Metrics[K]['labels'][L]>;
};

type KeyOfKind<Kind extends MetricKind> = { [K in MetricKey]: Metrics[K]['kind'] extends Kind ? K : never }[MetricKey];
export type CounterKey = KeyOfKind<'counter'>;
export type HistogramKey = KeyOfKind<'histogram'>;
export type ObservableKey = KeyOfKind<'observableGauge' | 'observableCounter'>;

export const METRIC_KEYS = Object.keys(METRICS) as MetricKey[];

/** The row of a metric, with the table's common shape. */
export const row = (key: MetricKey): MetricRow => METRICS[key];

/** The most series that a metric may have, `undefined` where a supplied label makes it depend on the run. */
export function budget(metric: MetricRow): number | undefined {
  if (metric.budget !== undefined) return metric.budget;
  let product = 1;
  for (const label of Object.values(metric.labels)) {
    if (!('values' in label)) return undefined;
    product *= label.values.length;
  }
  return product;
}
/** Sets that other rooms own and hand in at start: they close the labels that the table leaves to them. */
export interface SuppliedValues {
  readonly families: readonly string[];
  readonly outcomes: readonly string[];
  readonly transportReasons: readonly string[];
  readonly tokens: readonly string[];
  readonly exporters: readonly string[];
}
