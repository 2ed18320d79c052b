import { shownWith } from './instruments.ts';
import { METRIC_KEYS, type MetricRow, row, type SuppliedValues } from './metrics.ts';
import { prometheusName } from './names.ts';
import { REQUESTED_KEYS, type RequestedLabel, requestedRow } from './requested.ts';

const KIND: Readonly<Record<MetricRow['kind'], string>> = {
  counter: 'counter',
  observableCounter: 'counter',
  histogram: 'histogram',
  observableGauge: 'gauge',
};
const MANY = 40;

/** The metric table as Markdown: `METRICS.md`. */
export function metricsMarkdown(supplied: SuppliedValues): string {
  const requested = REQUESTED_KEYS.map((key) => `| \`${key}\` | ${requestedHelp(key)} |`).join('\n');
  const sections = METRIC_KEYS.map((key) => describe(row(key), supplied));
  return `<!-- Generated from instrumentation/metrics/ by \`npm run docs\`. Do not edit. -->

# Metrics

The first name of each section is the instrument's, as it is pushed by OTLP; the second is the series on a Prometheus
page, whichever road the metric takes. *Kept* metrics survive a restart: their totals are in the ledger.

A series of a closed set of labels is on the page at 0 before its first event, so that the first one is an increase. Metrics of
products that not everybody uses are not there at all before something of them was counted, which then shows all their series.
A forged or refused request shows none. What is to be there from the start is switched on by name:
\`receivers.twilio.families.recording.enabled: true\`.

Labels *on request* are there where \`processors.labels\` is switched on and names them; what is outside their sets is
\`other\`, what Twilio did not say \`unknown\`:

| label | says |
| --- | --- |
${requested}

${sections.join('\n')}`;
}

function requestedHelp(key: RequestedLabel): string {
  const { help, values } = requestedRow(key);
  return values ? `${help}: ${values.map((value) => `\`${value}\``).join(' ')}` : help;
}

function describe(metric: MetricRow, supplied: SuppliedValues): string {
  const facts = [
    `\`${prometheusName(metric)}\``,
    KIND[metric.kind],
    ...(metric.unit.startsWith('{') || metric.unit === '1' ? [] : [`unit \`${metric.unit}\``]),
    ...(metric.durable ? ['kept'] : []),
  ];
  const labels = Object.entries(metric.labels).map(([key, label]) => {
    const values = 'values' in label ? label.values : label.from === 'run' ? [] : supplied[label.from];
    const when = 'optional' in label ? '; left out where one alone is read' : '';
    return `| \`${key.replaceAll('.', '_')}\` | ${listed(values)}${when} |`;
  });
  const table = labels.length > 0 ? `\n| label | values |\n| --- | --- |\n${labels.join('\n')}\n` : '';
  const takes = metric.takes ? `\nOn request: ${metric.takes.map((key) => `\`${key}\``).join(', ')}\n` : '';
  const [shown] = shownWith(metric);
  const when = shown === undefined ? '' : `\n${whenShown(shown, supplied)}\n`;
  const buckets = metric.buckets ? `\nBuckets: ${metric.buckets.join(', ')}\n` : '';
  return `## \`${metric.name}\`\n\n${metric.help}.\n\n${facts.join(', ')}\n${table}${when}${takes}${buckets}`;
}

function whenShown(name: string, { feeds }: SuppliedValues): string {
  if (feeds.includes(name)) {
    return `On the page once something of \`${name}\` was counted, or from the start with \`receivers.twilio.families.${name}.enabled: true\`.`;
  }
  return name.includes('.')
    ? `On the page while \`${name}\` is enabled.`
    : `On the page while the pipeline names the processor \`${name}\`.`;
}

function listed(values: readonly string[]): string {
  if (values.length === 0) return 'set at run time';
  const shown = values.slice(0, values.length > MANY ? 3 : MANY).map((value) => `\`${value}\``);
  return values.length > MANY ? `${shown.join(' ')} ... (${values.length} values)` : shown.join(' ');
}

/** The metric table as JSON, for programs. */
export function metricsJson(supplied: SuppliedValues): string {
  const metrics = METRIC_KEYS.map((key) => {
    const metric = row(key);
    const labels = Object.entries(metric.labels).map(([label, spec]) => [
      label,
      'values' in spec ? spec.values : spec.from === 'run' ? [] : supplied[spec.from],
    ]);
    return {
      name: metric.name,
      prometheus: prometheusName(metric),
      kind: KIND[metric.kind],
      unit: metric.unit,
      help: metric.help,
      durable: metric.durable ?? false,
      labels: Object.fromEntries(labels),
      ...(metric.takes ? { labels_on_request: metric.takes } : {}),
      ...(metric.buckets ? { buckets: metric.buckets } : {}),
    };
  });
  return `${JSON.stringify({ metrics }, null, 2)}\n`;
}
