import {
  ERROR_ACTORS,
  ERROR_CATEGORIES,
  ERROR_CODES,
  type ErrorCategory,
  MAX_ADDED_CODES,
} from '../sets/error-codes.ts';
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

/** How far a message came that has begun and not ended. */
export const MESSAGE_PHASES = ['queued', 'sent'] as const;
/** Seconds; up to three days, when it is given up. */
const MESSAGE_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14400, 86400, 259200] as const;
const CODES = ['unknown', 'other', ...ERROR_CODES] as string[];
const CATEGORIES = Object.keys(ERROR_CATEGORIES) as ErrorCategory[];
/** The configuration adds codes to the table's. */
const MAX_CODES = CODES.length + MAX_ADDED_CODES;

/** The labels that messages can be told apart by, on request. */
const MESSAGE_LABELS = [
  'country',
  'channel',
  'direction',
  'sender',
  'carrier',
  'messaging_service',
  'account',
] as const;

/** Messages that Twilio sends. */
export const MESSAGE_METRICS = {
  messageCallback: {
    name: 'twilio.message.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Message status callbacks: each distinct MessageStatus of a message counts once',
    labels: { status: closed(MESSAGE_STATUSES) },
    takes: MESSAGE_LABELS,
    durable: true,
  },
  messagesDelivered: {
    name: 'twilio.messages.delivered',
    kind: 'counter',
    unit: '{message}',
    help: 'Messages that reached the status delivered',
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
  },
  messagesFailed: {
    name: 'twilio.messages.failed',
    kind: 'counter',
    unit: '{message}',
    help: "Messages that ended failed or undelivered, by Twilio's error code",
    labels: { error_code: closed(CODES, ['unknown', 'other']) },
    takes: MESSAGE_LABELS,
    durable: true,
    budget: MAX_CODES,
  },
  messagesFailedByCategory: {
    name: 'twilio.messages.failed_by_category',
    kind: 'counter',
    unit: '{message}',
    help: 'Messages that ended failed or undelivered, by the category of the error code',
    labels: { error_category: closed(CATEGORIES) },
    takes: MESSAGE_LABELS,
    durable: true,
  },
  errorCodeInfo: {
    name: 'twilio.error_code.info',
    kind: 'observableGauge',
    unit: '{code}',
    help: '1 for each error code of a message that failed: its category, and who can act (join by error_code)',
    labels: { error_code: closed(CODES), error_category: closed(CATEGORIES), actor: closed(ERROR_ACTORS) },
    budget: MAX_CODES,
  },
  messagesReceived: {
    name: 'twilio.messages.received',
    kind: 'counter',
    unit: '{message}',
    help: 'Inbound messages, as Event Streams tells of them',
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
  },
  messageSegments: {
    name: 'twilio.message.segments',
    kind: 'counter',
    unit: '{segment}',
    help: 'Segments of outbound messages, once for each message of which Event Streams told their number',
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
  },
  messageDeliveryDuration: {
    name: 'twilio.message.delivery.duration',
    kind: 'histogram',
    unit: 's',
    help: 'From the first of queued, sending and sent to delivered',
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
    buckets: MESSAGE_SECONDS,
  },
  messageQueueDuration: {
    name: 'twilio.message.queue.duration',
    kind: 'histogram',
    unit: 's',
    help: "From the first of queued and sending to sent: Twilio's side of the delivery",
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
    buckets: MESSAGE_SECONDS,
  },
  messageCarrierDuration: {
    name: 'twilio.message.carrier.duration',
    kind: 'histogram',
    unit: 's',
    help: "From sent to delivered: the carriers' side of the delivery",
    labels: {},
    takes: MESSAGE_LABELS,
    durable: true,
    buckets: MESSAGE_SECONDS,
  },
  messagesInFlight: {
    name: 'twilio.messages.in_flight',
    kind: 'observableGauge',
    unit: '{message}',
    help: 'Messages that have begun and not ended, by how far they came',
    labels: { phase: closed(MESSAGE_PHASES) },
  },
  messagesOverdue: {
    name: 'twilio.messages.overdue',
    kind: 'observableGauge',
    unit: '{message}',
    help: 'Messages in flight that began longer ago than receivers.twilio.families.message.overdue_after',
    labels: { phase: closed(MESSAGE_PHASES) },
  },
  messagesUnresolved: {
    name: 'twilio.messages.unresolved',
    kind: 'counter',
    unit: '{message}',
    help: 'Messages whose end was not told within receivers.twilio.families.message.unresolved_after, by how far they came',
    labels: { phase: closed(MESSAGE_PHASES) },
    durable: true,
  },
} as const satisfies MetricRows;
