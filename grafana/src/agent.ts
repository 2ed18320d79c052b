import { dashboard } from './dashboard.ts';
import { inFrontOfTheApplication } from './forward.ts';
import { graph, statPanel } from './panels.ts';
import { callbacksThatNeverCame } from './reconciliation.ts';
import { grown, perMinute, series } from './series.ts';

/** The slowest of a hundred, from a histogram. */
const p99 = (buckets: string, label?: string) =>
  `histogram_quantile(0.99, sum by (${label ? `${label}, ` : ''}le) (rate(${buckets}[$__rate_interval])))`;

const LEDGER_FILLED = `max(${series('ledgerEntries')} / ${series('ledgerEntriesLimit')})`;
const above = (yellow: number, red: number) =>
  [
    ['green', null],
    ['yellow', yellow],
    ['red', red],
  ] as [string, number | null][];

export const agent = dashboard({
  uid: 'twilio-agent',
  title: 'Twilio / Agent',
  description: 'Is the agent itself well: its exports, its ledger, its process?',
  rows: [
    [
      'State',
      [
        statPanel({
          title: 'Running for',
          description: 'How long the agent that started last has been running. Short again and again: it crashes.',
          expr: `min(${series('processUptime')})`,
          unit: 's',
          width: 4,
        }),
        statPanel({
          title: 'Failed pushes',
          description:
            'Pushes to OTLP backends that were refused, timed out or were taken in part. Empty without OTLP.',
          expr: grown(series('exports', { outcome: { not: ['success'] } })),
          unit: 'short',
          width: 4,
          thresholds: above(1, 10),
        }),
        statPanel({
          title: 'Event loop delay',
          description:
            'The longest time in the last minute that the agent did nothing at all. Over 1 s callbacks wait.',
          expr: `max(${series('eventLoopDelayMax')})`,
          unit: 's',
          width: 4,
          thresholds: above(0.25, 1),
        }),
        statPanel({
          title: 'Ledger filled',
          description:
            'Records in the ledger, of those that it may hold. When it is full the oldest go before their time.',
          expr: LEDGER_FILLED,
          unit: 'percentunit',
          width: 4,
          thresholds: above(0.8, 0.9),
        }),
        statPanel({
          title: 'Clock skew',
          description: "How far a machine's clock was moved while the agent ran, the worst of all agents.",
          expr: `max(abs(${series('clockSkew')}))`,
          unit: 's',
          width: 4,
          thresholds: above(5, 30),
        }),
        statPanel({
          title: 'Scrape page',
          description:
            'Size of the largest scrape page before compression. It grows with the error codes that were seen.',
          expr: `max(${series('scrapeSize')})`,
          unit: 'bytes',
          width: 4,
        }),
      ],
    ],
    [
      'Exports by OTLP',
      [
        graph({
          title: 'Pushes by outcome',
          description: 'Pushes per minute, by exporter and what became of them. The log has the words of the backend.',
          expr: perMinute(series('exports'), 'exporter, outcome'),
          legend: '{{exporter}} {{outcome}}',
          unit: 'cpm',
          width: 8,
        }),
        graph({
          title: 'Push duration, 99th percentile',
          description: 'How long a push takes with all its attempts. Near the interval: the backend is slow or gone.',
          expr: p99(series('exportDuration', {}, '_bucket'), 'otel_component_name'),
          legend: '{{otel_component_name}}',
          unit: 's',
          width: 8,
        }),
        graph({
          title: 'Since the last success',
          description: 'How old the figures are that a backend has. A line that rises is a backend that takes nothing.',
          expr: `time() - ${series('exportLastSuccess')}`,
          legend: '{{exporter}}',
          unit: 's',
          width: 8,
        }),
      ],
    ],
    ['Callbacks that never came', callbacksThatNeverCame],
    ['In front of the application', inFrontOfTheApplication],
    [
      'Ledger and process',
      [
        graph({
          title: 'Commit, 99th percentile',
          description: 'How long a batch of callbacks takes to be durable; every answer to Twilio waits for it.',
          expr: p99(series('ledgerCommitDuration', {}, '_bucket')),
          legend: 'p99',
          unit: 's',
          width: 8,
        }),
        graph({
          title: 'CPU',
          description: 'Cores that the agents take. One agent can use one core, and a little more for the disk.',
          expr: `sum by (cpu_mode) (rate(${series('processCpuTime')}[$__rate_interval]))`,
          legend: '{{cpu_mode}}',
          unit: 'short',
          width: 8,
          stacked: true,
        }),
        graph({
          title: 'Memory',
          description: 'Physical memory of the largest agent. It levels off within the first hours.',
          expr: `max(${series('processMemoryUsage')})`,
          legend: 'resident',
          unit: 'bytes',
          width: 8,
        }),
      ],
    ],
  ],
});
