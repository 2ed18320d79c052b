import { dashboard } from './dashboard.ts';
import { rightNow } from './lifecycles.ts';
import { graph, list, pie, statPanel } from './panels.ts';
import * as queries from './queries.ts';
import { grown, grownFromNothing, perMinute, series } from './series.ts';

const REFUSED = series('callbacks', { outcome: { not: ['accepted', 'duplicate', 'ignored'] } });
const GOOD_FROM_95 = [
  ['red', null],
  ['yellow', 0.9],
  ['green', 0.95],
] as [string, number | null][];
const RED_FROM_1 = [
  ['green', null],
  ['red', 1],
] as [string, number | null][];

export const overview = dashboard({
  uid: 'twilio-overview',
  title: 'Twilio / Overview',
  description: 'Are messages delivered, do calls connect, and can the numbers be trusted?',
  rows: [
    [
      'In the chosen time range',
      [
        statPanel({
          title: 'Delivery success',
          description:
            'Of the messages that ended, those that were delivered. Empty when none ended. Below 95% look at the error codes.',
          expr: queries.deliverySuccess,
          unit: 'percentunit',
          width: 4,
          thresholds: GOOD_FROM_95,
        }),
        statPanel({
          title: 'Messages delivered',
          description: 'Messages that reached the status delivered.',
          expr: queries.messagesDelivered,
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Messages failed',
          description: 'Messages reported failed or undelivered.',
          expr: queries.messagesFailed,
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
        statPanel({
          title: 'Calls completed',
          description: 'Calls that were answered and ended normally.',
          expr: queries.callsCompleted,
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Calls failed',
          description: 'Calls that ended busy, no-answer, failed or canceled.',
          expr: queries.callsFailed,
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
        statPanel({
          title: 'Callbacks refused',
          description:
            'Requests to a callback URL that were not counted: their signature, their form, or the agent itself could not take them.',
          expr: grown(REFUSED),
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
      ],
    ],
    ['Right now', rightNow],
    [
      'Messages and calls',
      [
        graph({
          title: 'Message volume',
          description: 'Messages by the status they reached, per minute. Each status of a message counts once.',
          expr: queries.messagesByStatus,
          legend: '{{status}}',
          unit: 'cpm',
          width: 12,
        }),
        graph({
          title: 'Delivery success over time',
          description: 'Of the messages that ended, those that were delivered. A gap means that none ended.',
          expr: queries.deliverySuccessOverTime,
          legend: 'delivered',
          unit: 'percentunit',
          width: 12,
        }),
        list({
          title: 'Failures by error code',
          description:
            'The ten most frequent error codes of failed messages; https://www.twilio.com/docs/api/errors explains each. A code that Prometheus had not scraped before the time range counts from zero.',
          expr: `topk(10, ${grownFromNothing(series('messagesFailed'), 'error_code')} > 0)`,
          unit: 'short',
          width: 12,
        }),
        pie({
          title: 'Calls by outcome',
          description: 'Calls that ended, by how: completed, or why not.',
          expr: queries.callsByOutcome,
          legend: '{{status}}',
          unit: 'short',
          width: 12,
        }),
      ],
    ],
    [
      'Agent',
      [
        statPanel({
          title: 'Agents',
          description: 'Agents that Prometheus scrapes.',
          expr: `count(${series('buildInfo')})`,
          unit: 'short',
          width: 4,
          thresholds: [
            ['red', null],
            ['green', 1],
          ],
        }),
        statPanel({
          title: 'Signatures',
          description:
            'Whether every agent refuses callbacks without a valid signature. Off is a local trial: anybody on that machine can make up numbers.',
          expr: `min(${series('signatureVerification')})`,
          unit: 'short',
          width: 4,
          words: ['verified', 'off'],
        }),
        statPanel({
          title: 'Ledger',
          description:
            'Whether every agent can make callbacks durable. Unavailable: callbacks are answered 503 and lost unless Twilio retries.',
          expr: `min(${series('ledgerAvailable')})`,
          unit: 'short',
          width: 4,
          words: ['available', 'unavailable'],
        }),
        statPanel({
          title: 'Duplicates',
          description: 'Callbacks that Twilio sent again and that were not counted again.',
          expr: grown(series('callbacks', { outcome: 'duplicate' })),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'API errors',
          description: "Failed requests of the agent to Twilio's REST API.",
          expr: grown(series('apiErrors')),
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
        statPanel({
          title: 'Transport errors',
          description:
            'Requests and connections that broke before they reached a callback URL: scanners, time-outs, unknown paths.',
          expr: grown(series('transportErrors')),
          unit: 'short',
          width: 4,
        }),
        graph({
          title: 'Callbacks by outcome',
          description: 'What became of the requests to the callback URLs, per minute.',
          expr: perMinute(series('callbacks', { outcome: ['accepted', 'duplicate', 'ignored'] }), 'outcome'),
          legend: '{{outcome}}',
          unit: 'cpm',
          width: 8,
          stacked: true,
        }),
        graph({
          title: 'Refusals by reason',
          description:
            'Requests that were not counted, per minute. signature_invalid after a change: PUBLIC_URL or the auth token.',
          expr: `${perMinute(REFUSED, 'outcome')} > 0`,
          legend: '{{outcome}}',
          unit: 'cpm',
          width: 8,
        }),
        graph({
          title: 'Answer time, 99th percentile',
          description: 'How long the agent takes to answer a callback, the write to disk included. Twilio waits 15 s.',
          expr: `histogram_quantile(0.99, sum by (le) (rate(${series('httpServerRequestDuration', { 'http.request.method': ['GET', 'POST'], 'http.route': { like: '.+/(message|call)' } }, '_bucket')}[$__rate_interval])))`,
          legend: 'p99',
          unit: 's',
          width: 8,
        }),
      ],
    ],
  ],
});
