import { add, type Increment } from '../../instrumentation/increments.ts';
import { CALL_PHASES, type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import type { Requested } from '../../instrumentation/requested.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import { type Duration, lasted, type Spans, spent, type When, withTimes } from './durations.ts';
import type { Family } from './family.ts';
import { again, withLabels } from './labels.ts';
import { countSeen, hasAny, RECONCILED, Statuses } from './statuses.ts';

type CallStatus = LabelsOf<'callCallback'>['status'];
type DisconnectReason = LabelsOf<'callsFailed'>['disconnect_reason'];

export interface CallEvent {
  readonly sid: string;
  readonly status: CallStatus;
  readonly sipResponseCode: string | undefined;
  /** The length of a completed call, in seconds, where Twilio told it. */
  readonly durationS: number | undefined;
  readonly at: When;
  /** What it is told apart by, where that was asked for. */
  readonly labels: Requested;
}

/** The statuses of calls, as bits of a record. */
export const CALL_STATUSES = new Statuses<CallStatus>(METRICS.callCallback.labels.status.values);
const COMPLETED = CALL_STATUSES.bits('completed');
const FAILED = CALL_STATUSES.bits('busy', 'no-answer', 'canceled', 'failed');
const RINGING = CALL_STATUSES.bits('ringing');
const ANSWERED = CALL_STATUSES.bits('in-progress');
const BEGUN = CALL_STATUSES.bits('queued', 'initiated') | RINGING | ANSWERED;

/** The times of a record: the statuses whose first one each place holds. The places are on disk. */
const TIMES = [BEGUN, RINGING, ANSWERED];
const [, RINGING_AT, ANSWERED_AT] = [0, 1, 2] as const;

const HOUR_S = 3_600;
const SPANS: Spans = [
  { metric: 'callRingDuration', name: 'call_ring', longestS: HOUR_S, from: [RINGING_AT], to: ANSWERED_AT },
];
/** Twilio ends a call after 24 hours. https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource */
const LENGTH: Duration = { metric: 'callDuration', name: 'call', longestS: 25 * HOUR_S };

/** Calls, each leg of its own, by the statuses that they go through. https://www.twilio.com/docs/voice/api/call-resource#call-status-values */
export const call: Family<CallEvent> = {
  name: 'call',

  key: (event) => event.sid,

  reduce(previous, event) {
    const bit = CALL_STATUSES.bit(event.status);
    if (previous && hasAny(previous, bit)) return again(previous, event.labels);
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
    if (bit === COMPLETED && event.durationS !== undefined) increments.push(lasted(LENGTH, event.durationS));
    const next = withTimes(previous, bit, TIMES, event.at);
    spent(SPANS, previous, next, TIMES.indexOf(bit), event.at, increments);
    return withLabels(previous, next, increments, event.labels);
  },

  recount: (record) => ({
    callCallback: countSeen(record),
    callsCompleted: Number(hasAny(record, COMPLETED)),
    callsFailed: Number(hasAny(record, FAILED)),
    callbacksExpected: Number(hasAny(record, RECONCILED)),
  }),

  life: {
    phases: CALL_PHASES,
    open(record: LedgerRecord) {
      const [beganAtMs] = record.times;
      if (beganAtMs === undefined || !hasAny(record, BEGUN) || hasAny(record, COMPLETED | FAILED)) return undefined;
      return { phase: CALL_PHASES.indexOf(phaseOf(record)), beganAtMs };
    },
    inFlight: 'callsInFlight',
    overdue: 'callsOverdue',
    unresolved: 'callsUnresolved',
    overdueAfter: '4h',
    unresolvedAfter: '24h',
  },
};

function phaseOf(record: LedgerRecord): (typeof CALL_PHASES)[number] {
  if (hasAny(record, ANSWERED)) return 'in-progress';
  return hasAny(record, RINGING) ? 'ringing' : 'queued';
}

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
