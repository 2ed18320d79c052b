import { ERROR_CODES } from '../error-codes.ts';
import { closed, type MetricRows } from './row.ts';

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

/** Messages that Twilio sends. */
export const MESSAGE_METRICS = {
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
} as const satisfies MetricRows;
