import { choice, list, pairs, text } from '../values.ts';
import { section } from './section.ts';

const metrics = section({
  receivers: list(['twilio', 'twilio_api']).describe('The receivers that run.'),
  processors: list().describe('What metrics pass on their way: `labels`, or nothing.'),
  // OTEL_METRICS_EXPORTER=none is OpenTelemetry's word for no exporter at all.
  exporters: list(['prometheus', 'otlp'])
    .transform((ids) => (ids.join() === 'none' ? [] : ids))
    .describe('What is exported: a list, or text with commas; `none` for no way out at all.'),
});

const telemetry = section({
  logs: section({
    level: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'info').describe('The least that is logged.'),
    encoding: choice(['auto', 'json', 'console'], 'auto').describe('`auto` is console on a terminal, else json.'),
  }),
  resource: section({
    service_name: text().describe('`service.name`; empty: that of the attributes, else `twilio-otel-agent`.'),
    attributes: pairs().describe('Attributes of the resource.'),
  }),
});

export const service = section({
  extensions: list(['health_check', 'file_storage']).describe('The extensions that run.'),
  pipelines: section({ metrics }),
  telemetry,
}).describe('What runs, and what the agent says of itself.');
