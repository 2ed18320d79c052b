import { add, type Increment } from '../../instrumentation/increments.ts';
import { type LabelsOf, MESSAGE_PHASES, METRICS } from '../../instrumentation/metrics.ts';
import type { Requested } from '../../instrumentation/requested.ts';
import { type LedgerRecord, NO_TIMES, timesAfter } from '../ledger/record.ts';
import { type Duration, type Spans, spent, type When, withTimes } from './durations.ts';
import type { Family } from './family.ts';
import { again, withLabels } from './labels.ts';
import { failuresByCategory, type MessageError } from './message-errors.ts';
import { countSeen, hasAny, RECONCILED, Statuses } from './statuses.ts';

type MessageStatus = LabelsOf<'messageCallback'>['status'];

export interface MessageEvent {
  readonly sid: string;
  readonly status: MessageStatus;
  /** Why it failed, if it did. */
  readonly error: MessageError;
  /** In how many parts it was sent, where that was told. */
  readonly segments: number | undefined;
  readonly at: When;
  /** What it is told apart by, where that was asked for. */
  readonly labels: Requested;
}

/** The statuses of messages, as bits of a record. */
export const MESSAGE_STATUSES = new Statuses<MessageStatus>(METRICS.messageCallback.labels.status.values);
const DELIVERED = MESSAGE_STATUSES.bits('delivered');
const FAILED = MESSAGE_STATUSES.bits('failed', 'undelivered');
const SENT = MESSAGE_STATUSES.bits('sent');
const WAITING = MESSAGE_STATUSES.bits('queued', 'sending');
/** A scheduled message has not begun: it may wait for weeks. */
const BEGUN = MESSAGE_STATUSES.bits('accepted') | WAITING | SENT;
const ENDED = DELIVERED | FAILED | MESSAGE_STATUSES.bits('canceled', 'read', 'received', 'partially_delivered');

/** Set once the segments of a message were counted. */
const SEGMENTS_TOLD = 1 << 24;

/** The times of a record: the statuses whose first one each place holds. The places are on disk. */
const TIMES = [BEGUN, WAITING, SENT, DELIVERED];
const [, WAITING_AT, SENT_AT, DELIVERED_AT] = [0, 1, 2, 3] as const;

const WEEK_S = 7 * 86_400;
const of = (metric: Duration['metric'], name: Duration['name']): Duration => ({ metric, name, longestS: WEEK_S });
const SPANS: Spans = [
  { ...of('messageDeliveryDuration', 'message_delivery'), from: [WAITING_AT, SENT_AT], to: DELIVERED_AT },
  { ...of('messageQueueDuration', 'message_queue'), from: [WAITING_AT], to: SENT_AT },
  { ...of('messageCarrierDuration', 'message_carrier'), from: [SENT_AT], to: DELIVERED_AT },
];

/** Messages of every channel, by the statuses that they go through. https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
export const message: Family<MessageEvent> = {
  name: 'message',

  key: (event) => event.sid,

  reduce(previous, event) {
    const bit = MESSAGE_STATUSES.bit(event.status);
    const segments = event.segments !== undefined && !hasAny(previous, SEGMENTS_TOLD) ? event.segments : undefined;
    if (previous && hasAny(previous, bit)) {
      // The road that told of it first did not tell everything: a copy that knows more adds what is missing.
      if (segments === undefined) return again(previous, event.labels);
      const next = { ...previous, seen: previous.seen | SEGMENTS_TOLD };
      return again(previous, event.labels, next, [inSegments(segments)]);
    }
    const increments: Increment[] = [add('messageCallback', { status: event.status })];
    if (segments !== undefined) increments.push(inSegments(segments));
    const delivered = hasAny(previous, DELIVERED);
    const failed = hasAny(previous, FAILED);
    if (bit === DELIVERED) increments.push(add('messagesDelivered'));
    // The first failure names the code; a second failure status of the same message moves the callback counter only.
    if ((bit & FAILED) !== 0 && !failed) {
      const { code, category } = event.error;
      increments.push(add('messagesFailed', { error_code: code }));
      increments.push(add('messagesFailedByCategory', { error_category: category }));
    }
    // Carriers do correct themselves: both outcomes stand, and the contradiction is counted once.
    if ((bit === DELIVERED && failed) || ((bit & FAILED) !== 0 && delivered && !failed)) {
      increments.push(add('contradictions', { family: 'message' }));
    }
    const next = withTimes(previous, segments === undefined ? bit : bit | SEGMENTS_TOLD, TIMES, event.at);
    spent(SPANS, previous, next, TIMES.indexOf(bit), event.at, increments);
    return withLabels(previous, next, increments, event.labels);
  },

  recount: (record) => ({
    messageCallback: countSeen(record),
    messagesDelivered: Number(hasAny(record, DELIVERED)),
    messagesFailed: Number(hasAny(record, FAILED)),
    messagesFailedByCategory: Number(hasAny(record, FAILED)),
    callbacksExpected: Number(hasAny(record, RECONCILED)),
  }),

  life: {
    phases: MESSAGE_PHASES,
    open(record: LedgerRecord) {
      const [beganAtMs] = record.times;
      if (beganAtMs === undefined || !hasAny(record, BEGUN) || hasAny(record, ENDED)) return undefined;
      return { phase: MESSAGE_PHASES.indexOf(hasAny(record, SENT) ? 'sent' : 'queued'), beganAtMs };
    },
    inFlight: 'messagesInFlight',
    overdue: 'messagesOverdue',
    unresolved: 'messagesUnresolved',
    overdueAfter: '15m',
    unresolvedAfter: '72h',
  },

  inherit: failuresByCategory,
};

/** The record with the time at which Twilio says it sent the message, where no callback told one: durations begin there. */
export function withSentTime(record: LedgerRecord | undefined, sentAtMs: number): LedgerRecord {
  const { seen, times, ...rest } = record ?? { seen: 0, times: NO_TIMES };
  const told = times[SENT_AT] !== undefined;
  return { ...rest, seen, times: told ? times : timesAfter(times, 1 << SENT_AT, 0, sentAtMs) };
}

const inSegments = (count: number): Increment => ({ ...add('messageSegments'), value: count });
