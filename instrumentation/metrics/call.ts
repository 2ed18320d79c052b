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

/** Calls. */
export const CALL_METRICS = {
  callCallback: {
    name: 'twilio.call.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Call status callbacks: each distinct CallStatus of a call counts once',
    labels: { status: closed(CALL_STATUSES) },
    durable: true,
  },
  callsCompleted: {
    name: 'twilio.calls.completed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended completed',
    labels: { call_status: closed(['completed']) },
    durable: true,
  },
  callsFailed: {
    name: 'twilio.calls.failed',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls that ended busy, no-answer, failed or canceled, by the reason of their end',
    labels: { disconnect_reason: closed(DISCONNECT_REASONS) },
    durable: true,
  },
} as const satisfies MetricRows;
