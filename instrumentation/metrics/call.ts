import { closed, type MetricRows } from './row.ts';

/** The `CallStatus` values of Twilio's callbacks, and `other`. */
const CALL_STATUSES = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
  'other',
] as const;

/** Why a call ended, from `CallStatus` and `SipResponseCode`. `normal` belongs to completed calls only. */
const DISCONNECT_REASONS = [
  'busy',
  'no_answer',
  'canceled',
  'invalid_number',
  'rejected',
  'timeout',
  'unavailable',
  'media_incompatible',
  'carrier_error',
  'failed',
] as const;

/** How far a call came that has begun and not ended. */
export const CALL_PHASES = ['queued', 'ringing', 'in-progress'] as const;

/** The labels that calls can be told apart by, on request. */
const CALL_LABELS = ['country', 'channel', 'direction', 'sender', 'account'] as const;

/** Calls. */
export const CALL_METRICS = {
  callCallback: {
    name: 'twilio.call.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Call status callbacks: each distinct CallStatus of a call counts once',
    labels: { status: closed(CALL_STATUSES) },
    takes: CALL_LABELS,
    durable: true,
  },
  callsCompleted: {
    name: 'twilio.calls.completed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended completed',
    labels: { call_status: closed(['completed']) },
    takes: CALL_LABELS,
    durable: true,
  },
  callsFailed: {
    name: 'twilio.calls.failed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended busy, no-answer, failed or canceled, by the reason of their end',
    labels: { disconnect_reason: closed(DISCONNECT_REASONS) },
    takes: CALL_LABELS,
    durable: true,
  },
  callDuration: {
    name: 'twilio.call.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Length of completed calls, as Twilio gives it in CallDuration',
    labels: {},
    takes: CALL_LABELS,
    durable: true,
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400],
  },
  callRingDuration: {
    name: 'twilio.call.ring.duration',
    kind: 'histogram',
    unit: 's',
    help: 'From ringing to in-progress: how long it took until somebody answered',
    labels: {},
    takes: CALL_LABELS,
    durable: true,
    buckets: [1, 2, 5, 10, 15, 20, 30, 45, 60, 120],
  },
  callsInFlight: {
    name: 'twilio.calls.in_flight',
    kind: 'observableGauge',
    unit: '{call}',
    help: 'Calls that have begun and not ended, by how far they came',
    labels: { phase: closed(CALL_PHASES) },
  },
  callsOverdue: {
    name: 'twilio.calls.overdue',
    kind: 'observableGauge',
    unit: '{call}',
    help: 'Calls in flight that began longer ago than receivers.twilio.families.call.overdue_after',
    labels: { phase: closed(CALL_PHASES) },
  },
  callsUnresolved: {
    name: 'twilio.calls.unresolved',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls whose end was not told within receivers.twilio.families.call.unresolved_after, by how far they came',
    labels: { phase: closed(CALL_PHASES) },
    durable: true,
  },
  durationsSkipped: {
    name: 'twilio.agent.durations.skipped',
    kind: 'counter',
    unit: '{duration}',
    help: 'Durations of messages and calls that were not observed, because one of their times cannot be right or is missing: negative and too_long are told of both times, future and no_time of the end',
    labels: {
      metric: closed(['message_delivery', 'message_queue', 'message_carrier', 'call', 'call_ring']),
      reason: closed(['negative', 'too_long', 'future', 'no_time']),
    },
    durable: true,
  },
} as const satisfies MetricRows;
