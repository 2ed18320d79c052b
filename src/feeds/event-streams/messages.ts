import { add, labelled } from '../../../instrumentation/increments.ts';
import { inbound } from '../../families/counted.ts';
import { change } from '../../families/family.ts';
import { MESSAGE_STATUSES, type MessageEvent, message } from '../../families/message.ts';
import type { EventReading } from '../feed.ts';
import type { MessageNames } from '../labeler.ts';
import type { Reception } from '../reading/fields.ts';
import { JsonFields } from '../reading/json-fields.ts';
import { type CloudEvent, eventTime } from './cloud-event.ts';

const MOST_SEGMENTS = 1_000;
const NAMES: MessageNames = {
  sid: 'messageSid',
  from: 'from',
  to: 'to',
  account: 'accountSid',
  service: 'messagingServiceSid',
  mcc: 'mcc',
  mnc: 'mnc',
};

/** The same fact as a status callback of the message, so it belongs to the same record. https://www.twilio.com/docs/events/event-types/messaging */
export function readMessage({ data }: CloudEvent, reception: Reception): EventReading {
  const fields = new JsonFields(data, reception);
  const event: MessageEvent = {
    sid: fields.sid('messageSid', 'SM', 'MM'),
    // In capitals here, and in small letters in callbacks.
    status: MESSAGE_STATUSES.parse(fields.text('messageStatus').toLowerCase()),
    error: reception.errorCodes.read(fields.optional('errorCode')),
    segments: segmentsOf(fields),
    at: eventTime(data['timestamp'], 'timestamp', reception),
    labels: reception.labeler.message(fields, NAMES, 'outbound'),
  };
  return { changes: [change(message, event)], unknown: event.status === 'other' ? 'messageStatus' : undefined };
}

function segmentsOf(fields: JsonFields): number | undefined {
  const text = fields.optional('numberOfSegments');
  const count = text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_SEGMENTS ? count : undefined;
}

export function readInbound({ data }: CloudEvent, reception: Reception): EventReading {
  const fields = new JsonFields(data, reception);
  const identity = fields.sid('messageSid', 'SM', 'MM');
  eventTime(data['timestamp'], 'timestamp', reception);
  const labels = reception.labeler.message(fields, NAMES, 'inbound');
  return { changes: [change(inbound, { identity, increments: labelled([add('messagesReceived')], labels) })] };
}
