import { add } from '../../../instrumentation/increments.ts';
import { inbound } from '../../families/counted.ts';
import { change } from '../../families/family.ts';
import { MESSAGE_STATUSES, type MessageEvent, message } from '../../families/message.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../fields.ts';
import { JsonFields } from '../json-fields.ts';
import { type CloudEvent, eventTime } from './cloud-event.ts';

const MOST_SEGMENTS = 1_000;

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
  };
  return { changes: [change(message, event)], unknown: event.status === 'other' ? 'messageStatus' : undefined };
}

function segmentsOf(fields: JsonFields): number | undefined {
  const text = fields.optional('numberOfSegments');
  const count = text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_SEGMENTS ? count : undefined;
}

export function readInbound({ data }: CloudEvent, reception: Reception): EventReading {
  const identity = new JsonFields(data, reception).sid('messageSid', 'SM', 'MM');
  eventTime(data['timestamp'], 'timestamp', reception);
  return { changes: [change(inbound, { identity, increments: [add('messagesReceived')] })] };
}
