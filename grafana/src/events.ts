import { dashboard } from './dashboard.ts';
import { graph, list, statPanel } from './panels.ts';
import { grown, grownFromNothing, perMinute, series } from './series.ts';

const REFUSED = series('events', { outcome: { not: ['accepted', 'duplicate', 'ignored'] } });
const OURS = series('debuggerErrors', { product: 'this_agent' });
const THEIRS = series('debuggerErrors', { product: { not: ['this_agent'] } });
const ANSWERS = series('webhookRequestDuration', {}, '_bucket');
const RED_FROM_1 = [
  ['green', null],
  ['red', 1],
] as [string, number | null][];

export const events = dashboard({
  uid: 'twilio-events',
  title: 'Twilio / Event Streams',
  description: 'What Event Streams tells besides messages and calls, and whether it still does. Empty without a sink.',
  rows: [
    [
      'In the chosen time range',
      [
        statPanel({
          title: 'Events taken',
          description: 'Events that were counted, or had been before by this road or by a status callback.',
          expr: grown(series('events', { outcome: ['accepted', 'duplicate'] })),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Events refused',
          description:
            'Events in good batches that could not be used. The log says why, once a minute for each reason.',
          expr: grown(REFUSED),
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
        statPanel({
          title: 'Inbound messages',
          description: 'Messages that your numbers received.',
          expr: grown(series('messagesReceived')),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Segments sent',
          description: 'Segments of outbound messages, which is what Twilio charges for.',
          expr: grown(series('messageSegments')),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: "Errors in Twilio's log",
          description: "Errors of Twilio's error log that are not about this agent.",
          expr: grown(THEIRS),
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
        statPanel({
          title: 'Errors about this agent',
          description: 'Errors that Twilio logged because a URL of this agent did not answer as it should.',
          expr: grown(OURS),
          unit: 'short',
          width: 4,
          thresholds: RED_FROM_1,
        }),
      ],
    ],
    [
      'The feed',
      [
        graph({
          title: 'Events by outcome',
          description:
            'Events per minute. Duplicates are normal: Twilio sends again, and callbacks tell of the same facts.',
          expr: perMinute(series('events', { outcome: ['accepted', 'duplicate', 'ignored'] }), 'outcome'),
          legend: '{{outcome}}',
          unit: 'cpm',
          width: 8,
          stacked: true,
        }),
        graph({
          title: 'Refused events by reason',
          description: 'Events per minute that could not be used.',
          expr: `${perMinute(REFUSED, 'outcome')} > 0`,
          legend: '{{outcome}}',
          unit: 'cpm',
          width: 8,
        }),
        list({
          title: 'Other events by type',
          description:
            'The ten most frequent types that have no counter of their own. other is not known to this version.',
          expr: `topk(10, ${grownFromNothing(series('eventStreamsEvents'), 'type')} > 0)`,
          unit: 'short',
          width: 8,
        }),
      ],
    ],
    [
      "Twilio's error log",
      [
        graph({
          title: 'Errors by category',
          description: 'Errors per minute, by the category of their code.',
          expr: `${perMinute(series('debuggerErrors'), 'error_category')} > 0`,
          legend: '{{error_category}}',
          unit: 'cpm',
          width: 8,
        }),
        graph({
          title: 'Errors by product',
          description: 'Errors per minute, by what they are about; this_agent are those about a URL of this agent.',
          expr: `${perMinute(series('debuggerErrors'), 'product')} > 0`,
          legend: '{{product}}',
          unit: 'cpm',
          width: 8,
        }),
        graph({
          title: 'Warnings by product',
          description: 'Warnings per minute, by what they are about.',
          expr: `${perMinute(series('debuggerWarnings'), 'product')} > 0`,
          legend: '{{product}}',
          unit: 'cpm',
          width: 8,
        }),
      ],
    ],
    [
      'Your voice webhooks, and Verify',
      [
        graph({
          title: 'Answer time of your webhooks, 95th percentile',
          description:
            "How long your application took to answer Twilio's voice callbacks, as Twilio saw it; it waits 15 s.",
          expr: `histogram_quantile(0.95, sum by (le) (rate(${ANSWERS}[$__rate_interval])))`,
          legend: 'p95',
          unit: 's',
          width: 6,
        }),
        graph({
          title: 'Answers of your webhooks by class',
          description: 'Answers per minute by the class of their status; none is no answer at all.',
          expr: `${perMinute(ANSWERS.replace('_bucket{', '_count{'), 'status_class')} > 0`,
          legend: '{{status_class}}',
          unit: 'cpm',
          width: 6,
        }),
        graph({
          title: 'Verifications by status',
          description: 'Verifications of Verify per minute, each distinct status once.',
          expr: perMinute(series('verifyVerifications'), 'status'),
          legend: '{{status}}',
          unit: 'cpm',
          width: 6,
        }),
        graph({
          title: 'Messages of Verify by status',
          description: 'Messages that Verify sent, per minute, each distinct status once.',
          expr: perMinute(series('verifyMessages'), 'status'),
          legend: '{{status}}',
          unit: 'cpm',
          width: 6,
        }),
      ],
    ],
  ],
});
