import { EXPORT_OUTCOMES } from '../otlp/answer.ts';
import { API_SECONDS, COMMIT_SECONDS } from './buckets.ts';
import { closed, type MetricRows } from './row.ts';

/** The ways out: OTLP pushes and the scrape page. */
export const EXPORT_METRICS = {
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
} as const satisfies MetricRows;
