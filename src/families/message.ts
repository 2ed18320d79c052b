import { ERROR_CODES } from '../../instrumentation/error-codes.ts';
import { add, type Increment } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { withSeen } from '../ledger/record.ts';
import { defineFamily } from './family.ts';
import { countSeen, hasAny, Statuses } from './statuses.ts';

type MessageStatus = LabelsOf<'messageCallback'>['status'];

interface MessageStatusEvent {
  readonly sid: string;
  readonly status: MessageStatus;
  readonly errorCode: string;
  readonly receivedAtMs: number;
}

const STATUSES = new Statuses<MessageStatus>(METRICS.messageCallback.labels.status.values);
const DELIVERED = STATUSES.bits('delivered');
const FAILED = STATUSES.bits('failed', 'undelivered');

/** Status callbacks of outbound SMS, MMS, WhatsApp and RCS. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status */
export const message = defineFamily<MessageStatusEvent>({
  name: 'message',

  parse: (form) => ({
    sid: form.sid('MessageSid', 'SM', 'MM'),
    status: form.oneOf('MessageStatus', STATUSES),
    errorCode: errorCode(form.optional('ErrorCode')),
    receivedAtMs: form.reception.receivedAtMs,
  }),

  key: (event) => `message:${event.sid}`,

  reduce(previous, event) {
    const bit = STATUSES.bit(event.status);
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
});

/** The label of an error code: its digits if the dictionary has it, `unknown` for none or `0`, else `other`. */
function errorCode(text: string | undefined): string {
  if (text === undefined || text === '0') return 'unknown';
  return ERROR_CODES.has(text) ? text : 'other';
}
