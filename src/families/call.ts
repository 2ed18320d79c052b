import { add, type Increment } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { withSeen } from '../ledger/record.ts';
import type { Family } from './family.ts';
import { countSeen, hasAny, Statuses } from './statuses.ts';

type CallStatus = LabelsOf<'callCallback'>['status'];
type DisconnectReason = LabelsOf<'callsFailed'>['disconnect_reason'];

export interface CallEvent {
  readonly sid: string;
  readonly status: CallStatus;
  readonly sipResponseCode: string | undefined;
  readonly receivedAtMs: number;
}

/** The statuses of calls, as bits of a record. */
export const CALL_STATUSES = new Statuses<CallStatus>(METRICS.callCallback.labels.status.values);
const COMPLETED = CALL_STATUSES.bits('completed');
const FAILED = CALL_STATUSES.bits('busy', 'no-answer', 'canceled', 'failed');

/** Calls, each leg of its own, by the statuses that they go through. https://www.twilio.com/docs/voice/api/call-resource#call-status-values */
export const call: Family<CallEvent> = {
  name: 'call',

  key: (event) => event.sid,

  reduce(previous, event) {
    const bit = CALL_STATUSES.bit(event.status);
    if (hasAny(previous, bit)) return 'duplicate';
    const increments: Increment[] = [add('callCallback', { status: event.status })];
    const completed = hasAny(previous, COMPLETED);
    const failed = hasAny(previous, FAILED);
    if (bit === COMPLETED) increments.push(add('callsCompleted', { call_status: 'completed' }));
    if ((bit & FAILED) !== 0 && !failed) {
      increments.push(add('callsFailed', { disconnect_reason: disconnectReason(event.status, event.sipResponseCode) }));
    }
    if ((bit === COMPLETED && failed) || ((bit & FAILED) !== 0 && completed && !failed)) {
      increments.push(add('contradictions', { family: 'call' }));
    }
    return { next: withSeen(previous, bit, event.receivedAtMs), increments };
  },

  recount: (record) => ({
    callCallback: countSeen(record),
    callsCompleted: Number(hasAny(record, COMPLETED)),
    callsFailed: Number(hasAny(record, FAILED)),
  }),
};

const BY_STATUS: Partial<Record<CallStatus, DisconnectReason>> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  canceled: 'canceled',
};

/** SIP final responses of a failed call. https://www.rfc-editor.org/rfc/rfc3261#section-21 */
const BY_SIP_CODE: Readonly<Record<string, DisconnectReason>> = {
  401: 'rejected',
  403: 'rejected',
  404: 'invalid_number',
  407: 'rejected',
  408: 'timeout',
  410: 'invalid_number',
  415: 'media_incompatible',
  480: 'unavailable',
  484: 'invalid_number',
  485: 'invalid_number',
  488: 'media_incompatible',
  504: 'timeout',
  603: 'rejected',
  604: 'invalid_number',
  606: 'media_incompatible',
  607: 'rejected',
  608: 'rejected',
};

function disconnectReason(status: CallStatus, sipCode: string | undefined): DisconnectReason {
  const byStatus = BY_STATUS[status];
  if (byStatus) return byStatus;
  if (sipCode === undefined || !/^\d{3}$/.test(sipCode)) return 'failed';
  return BY_SIP_CODE[sipCode] ?? (sipCode.startsWith('5') ? 'carrier_error' : 'failed');
}
