import { dashboard } from './dashboard.ts';
import { callsUnderWay, howLongCallsTake } from './lifecycles.ts';
import { graph, list, pie, statPanel } from './panels.ts';
import * as queries from './queries.ts';
import { grown, perMinute, series, share } from './series.ts';

const COMPLETED = series('callsCompleted');
const FAILED = series('callsFailed');
const PEOPLE = ['busy', 'no_answer', 'canceled'] as const;

export const voice = dashboard({
  uid: 'twilio-voice',
  title: 'Twilio / Voice',
  description: 'Calls by status and outcome: how long they ring and last, what is under way, and why they fail.',
  rows: [
    [
      'In the chosen time range',
      [
        statPanel({
          title: 'Calls completed',
          description: 'Calls that were answered and ended normally.',
          expr: queries.callsCompleted,
          unit: 'short',
          width: 6,
        }),
        statPanel({
          title: 'Calls failed',
          description: 'Calls that ended busy, no-answer, failed or canceled.',
          expr: queries.callsFailed,
          unit: 'short',
          width: 6,
        }),
        statPanel({
          title: 'Failure rate',
          description: 'Of the calls that ended, those that failed. Empty when none ended.',
          expr: share(grown(FAILED), grown(COMPLETED)),
          unit: 'percentunit',
          width: 6,
          thresholds: [
            ['green', null],
            ['yellow', 0.1],
            ['red', 0.2],
          ],
        }),
        statPanel({
          title: 'Failed for a technical reason',
          description:
            'Failed calls that were neither busy nor unanswered nor canceled: numbers, carriers, routes, codecs.',
          expr: grown(series('callsFailed', { disconnect_reason: { not: PEOPLE } })),
          unit: 'short',
          width: 6,
        }),
      ],
    ],
    [
      'Status',
      [
        graph({
          title: 'Calls by status',
          description: 'Calls by the status they reached, per minute. Each status of a call counts once.',
          expr: perMinute(series('callCallback'), 'status'),
          legend: '{{status}}',
          unit: 'cpm',
          width: 16,
        }),
        pie({
          title: 'Calls by outcome',
          description: 'Calls that ended, by how: completed, or why not.',
          expr: queries.callsByOutcome,
          legend: '{{status}}',
          unit: 'short',
          width: 8,
        }),
      ],
    ],
    ['How long calls ring and last', howLongCallsTake],
    ['Under way', callsUnderWay],
    [
      'Why calls fail',
      [
        graph({
          title: 'Failure rate over time',
          description: 'Of the calls that ended, those that failed. A gap means that none ended.',
          expr: share(perMinute(FAILED), perMinute(COMPLETED)),
          legend: 'failed',
          unit: 'percentunit',
          width: 8,
        }),
        graph({
          title: 'Failures by reason over time',
          description: 'Failed calls by the reason of their end, per minute.',
          expr: perMinute(FAILED, 'disconnect_reason'),
          legend: '{{disconnect_reason}}',
          unit: 'cpm',
          width: 8,
          stacked: true,
        }),
        list({
          title: 'Failures by reason',
          description:
            'Failed calls by the reason of their end: busy, no_answer and canceled are people, the others are technical.',
          expr: `sort_desc(${grown(FAILED, 'disconnect_reason')} > 0)`,
          unit: 'short',
          width: 8,
        }),
      ],
    ],
  ],
});
