import { ERROR_CATEGORIES, type ErrorCategory } from '../sets/error-codes/kinds.ts';
import { EVENT_TYPES } from '../sets/event-types.ts';
import { closed, type MetricRows } from './row.ts';

const VERIFICATION_STATUSES = ['pending', 'approved', 'canceled', 'expired', 'max_attempts_reached', 'other'] as const;
const VERIFY_MESSAGE_STATUSES = ['sent', 'delivered', 'read', 'failed', 'undelivered', 'other'] as const;
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', 'none', 'other'] as const;

/** What an entry of the error log is about: the kind of the resource that it names, else that of its code. */
export const DEBUGGER_PRODUCTS = [
  'messaging',
  'voice',
  'video',
  'verify',
  'taskrouter',
  'studio',
  'conversations',
  'sync',
  'functions',
  'event_streams',
  'other',
  'this_agent',
] as const;
const CATEGORIES = Object.keys(ERROR_CATEGORIES) as ErrorCategory[];

/** Seconds; Twilio waits for 15 s. */
const WEBHOOK_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15] as const;

/** What Event Streams tells besides messages and calls. */
export const EVENT_STREAMS_METRICS = {
  eventStreamsEvents: {
    name: 'twilio.event_streams.event',
    kind: 'counter',
    unit: '{event}',
    help: 'Events of Event Streams that have no counter of their own, by type',
    // A type is shown once its first event came.
    labels: { type: closed(EVENT_TYPES, []) },
    durable: true,
  },
  verifyVerifications: {
    name: 'twilio.verify.verification',
    kind: 'counter',
    unit: '{event}',
    help: 'Verifications of Verify, each distinct status once',
    labels: { status: closed(VERIFICATION_STATUSES) },
    durable: true,
    shownWith: 'events',
  },
  verifyMessages: {
    name: 'twilio.verify.message',
    kind: 'counter',
    unit: '{event}',
    help: 'Messages that Verify sent, each distinct status once',
    labels: { status: closed(VERIFY_MESSAGE_STATUSES) },
    durable: true,
    shownWith: 'events',
  },
  webhookRequestDuration: {
    name: 'twilio.webhook.request.duration',
    kind: 'histogram',
    unit: 's',
    help: "How long your own webhooks took to answer Twilio's voice callbacks, as Twilio saw it, by the class of their status; none is no answer",
    labels: { status_class: closed(STATUS_CLASSES) },
    durable: true,
    buckets: WEBHOOK_SECONDS,
  },
  debuggerErrors: {
    name: 'twilio.debugger.errors',
    kind: 'counter',
    unit: '{entry}',
    help: "Errors in Twilio's error log, by category and product; this_agent are those about this agent's own URLs",
    labels: { error_category: closed(CATEGORIES), product: closed(DEBUGGER_PRODUCTS) },
    durable: true,
    shownWith: ['debugger', 'events'],
  },
  debuggerWarnings: {
    name: 'twilio.debugger.warnings',
    kind: 'counter',
    unit: '{entry}',
    help: "Warnings in Twilio's error log, by category and product; this_agent are those about this agent's own URLs",
    labels: { error_category: closed(CATEGORIES), product: closed(DEBUGGER_PRODUCTS) },
    durable: true,
    shownWith: ['debugger', 'events'],
  },
} as const satisfies MetricRows;
