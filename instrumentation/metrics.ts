/**
 * THE table of metrics, one file a subject. Instruments, their types, `METRICS.md`, zero series, series budgets and the
 * checks of dashboards and rules derive from it; no other file spells a metric name.
 *
 * Names are OpenTelemetry's: no unit and no `_total` in the name. https://opentelemetry.io/docs/specs/semconv/general/metrics/
 */
import { API_METRICS } from './metrics/api.ts';
import { CALL_METRICS } from './metrics/call.ts';
import { EMAIL_METRICS } from './metrics/email.ts';
import { EVENT_STREAMS_METRICS } from './metrics/event-streams.ts';
import { EXPORT_METRICS } from './metrics/export.ts';
import { FORWARD_METRICS } from './metrics/forward.ts';
import { LABEL_METRICS } from './metrics/labels.ts';
import { LEDGER_METRICS } from './metrics/ledger.ts';
import { MESSAGE_METRICS } from './metrics/message.ts';
import { PROCESS_METRICS } from './metrics/process.ts';
import { PRODUCT_EVENT_METRICS } from './metrics/product-events.ts';
import { RECEIVE_METRICS } from './metrics/receive.ts';
import { RECONCILIATION_METRICS } from './metrics/reconciliation.ts';
import type { ClosedLabel, MetricKind, MetricRow } from './metrics/row.ts';
import { VOICE_EVENT_METRICS } from './metrics/voice-events.ts';

export { API_OPERATIONS, type ApiOperation, READ as READ_OPERATIONS } from './metrics/api.ts';
export { CALL_PHASES } from './metrics/call.ts';
export { MESSAGE_PHASES } from './metrics/message.ts';
export type { Label, MetricKind, MetricRow } from './metrics/row.ts';

export const METRICS = {
  ...MESSAGE_METRICS,
  ...CALL_METRICS,
  ...VOICE_EVENT_METRICS,
  ...PRODUCT_EVENT_METRICS,
  ...EVENT_STREAMS_METRICS,
  ...EMAIL_METRICS,
  ...LABEL_METRICS,
  ...API_METRICS,
  ...RECONCILIATION_METRICS,
  ...RECEIVE_METRICS,
  ...FORWARD_METRICS,
  ...LEDGER_METRICS,
  ...EXPORT_METRICS,
  ...PROCESS_METRICS,
} as const;

export type Metrics = typeof METRICS;
export type MetricKey = keyof Metrics;

export type LabelValue<L> = L extends ClosedLabel<infer V> ? V : string;
/** The labels of one metric, as its row in the table says. A wrong name or value is a compile error. */
export type LabelsOf<K extends MetricKey> = {
  readonly [L in keyof Metrics[K]['labels'] as Metrics[K]['labels'][L] extends { optional: true }
    ? never
    : L]: LabelValue<Metrics[K]['labels'][L]>;
} & {
  readonly [L in keyof Metrics[K]['labels'] as Metrics[K]['labels'][L] extends { optional: true } ? L : never]?:
    | string
    | undefined;
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
  readonly feeds: readonly string[];
  readonly families: readonly string[];
  readonly outcomes: readonly string[];
  readonly transportReasons: readonly string[];
  readonly tokens: readonly string[];
  readonly exporters: readonly string[];
}
