import { whereMessagesGo } from './by-label.ts';
import { dashboard } from './dashboard.ts';
import { whyMessagesFail } from './errors.ts';
import { howLongMessagesTake, messagesUnderWay } from './lifecycles.ts';
import { graph, pie, statPanel } from './panels.ts';
import * as queries from './queries.ts';
import { grown, perMinute, series } from './series.ts';

export const messages = dashboard({
  uid: 'twilio-messages',
  title: 'Twilio / Messages',
  description:
    'Outbound SMS, MMS, WhatsApp and RCS by status: how long they take, what is under way, and why they fail.',
  rows: [
    [
      'In the chosen time range',
      [
        statPanel({
          title: 'Sent',
          description: 'Messages that Twilio handed to a carrier.',
          expr: grown(series('messageCallback', { status: 'sent' })),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Delivered',
          description: 'Messages that reached the status delivered.',
          expr: queries.messagesDelivered,
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Undelivered',
          description: 'Messages that the carrier could not deliver.',
          expr: grown(series('messageCallback', { status: 'undelivered' })),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Failed',
          description: 'Messages that never left Twilio: a bad number, a blocked sender, a full queue.',
          expr: grown(series('messageCallback', { status: 'failed' })),
          unit: 'short',
          width: 4,
        }),
        statPanel({
          title: 'Delivery success',
          description: 'Of the messages that ended, those that were delivered. Empty when none ended.',
          expr: queries.deliverySuccess,
          unit: 'percentunit',
          width: 4,
          thresholds: [
            ['red', null],
            ['yellow', 0.9],
            ['green', 0.95],
          ],
        }),
        statPanel({
          title: 'Contradictions',
          description:
            'Messages reported both delivered and failed: carriers correct themselves. Each counts once as each.',
          expr: grown(series('contradictions', { family: 'message' })),
          unit: 'short',
          width: 4,
        }),
      ],
    ],
    [
      'Status',
      [
        graph({
          title: 'Callbacks by status',
          description:
            'Messages by the status they reached, per minute. sent that grows without delivered or undelivered: a carrier reports late or not at all.',
          expr: queries.messagesByStatus,
          legend: '{{status}}',
          unit: 'cpm',
          width: 16,
        }),
        pie({
          title: 'How messages ended',
          description:
            'Messages by the status in which they ended. One that was reported delivered and failed is in both.',
          expr: grown(
            series('messageCallback', { status: ['delivered', 'undelivered', 'failed', 'canceled'] }),
            'status',
          ),
          legend: '{{status}}',
          unit: 'short',
          width: 8,
        }),
        graph({
          title: 'Delivery success over time',
          description: 'Of the messages that ended, those that were delivered. A gap means that none ended.',
          expr: queries.deliverySuccessOverTime,
          legend: 'delivered',
          unit: 'percentunit',
          width: 12,
        }),
        graph({
          title: 'Failures',
          description: 'Messages that ended failed or undelivered, per minute. This sees the very first failure.',
          expr: perMinute(series('messageCallback', { status: ['failed', 'undelivered'] }), 'status'),
          legend: '{{status}}',
          unit: 'cpm',
          width: 12,
        }),
      ],
    ],
    ['How long messages take', howLongMessagesTake],
    ['Under way', messagesUnderWay],
    ['Why messages fail', whyMessagesFail],
    ['Where they go', whereMessagesGo],
  ],
});
