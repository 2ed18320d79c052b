import { ERROR_CODES } from '../../instrumentation/error-codes.ts';
import { add, type Increment } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { withSeen } from '../ledger/record.ts';
import type { Family } from './family.ts';
import { countSeen, hasAny, Statuses } from './statuses.ts';

type MessageStatus = LabelsOf<'messageCallback'>['status'];

export interface MessageEvent {
  readonly sid: string;
  readonly status: MessageStatus;
  /** A code of the dictionary, `unknown` when Twilio gave none, or `other`. */
  readonly errorCode: string;
  readonly receivedAtMs: number;
}

/** The statuses of messages, as bits of a record. */
export const MESSAGE_STATUSES = new Statuses<MessageStatus>(METRICS.messageCallback.labels.status.values);
const DELIVERED = MESSAGE_STATUSES.bits('delivered');
const FAILED = MESSAGE_STATUSES.bits('failed', 'undelivered');

/** Messages of every channel, by the statuses that they go through. https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
export const message: Family<MessageEvent> = {
  name: 'message',

  key: (event) => event.sid,

  reduce(previous, event) {
    const bit = MESSAGE_STATUSES.bit(event.status);
    if (hasAny(previous, bit)) return 'duplicate';
    const increments: Increment[] = [add('messageCallback', { status: event.status })];
    const delivered = hasAny(previous, DELIVERED);
    const failed = hasAny(previous, FAILED);
    if (bit === DELIVERED) increments.push(add('messagesDelivered'));
    // The first failure names the code; a second failure status of the same message moves the callback counter only.
    if ((bit & FAILED) !== 0 && !failed) increments.push(add('messagesFailed', { error_code: event.errorCode }));
    // Carriers do correct themselves: both outcomes stand, and the contradiction is counted once.
    if ((bit === DELIVERED && failed) || ((bit & FAILED) !== 0 && delivered && !failed)) {
      increments.push(add('contradictions', { family: 'message' }));
    }
    return { next: withSeen(previous, bit, event.receivedAtMs), increments };
  },

  recount: (record) => ({
    messageCallback: countSeen(record),
    messagesDelivered: Number(hasAny(record, DELIVERED)),
    messagesFailed: Number(hasAny(record, FAILED)),
  }),
};

/** The label of an error code: its digits if the dictionary has it, `unknown` for none or `0`, else `other`. */
export function errorCode(text: string | undefined): string {
  if (text === undefined || text === '0') return 'unknown';
  return ERROR_CODES.has(text) ? text : 'other';
}
