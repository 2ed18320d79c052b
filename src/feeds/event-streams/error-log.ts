import { entryChange, payloadOf } from '../debugger-entry.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../reading/fields.ts';
import { JsonFields } from '../reading/json-fields.ts';
import { type CloudEvent, eventTime } from './cloud-event.ts';

/** An entry of the error log. Those of the level INFO say what a program printed. https://www.twilio.com/docs/events/event-types/error-logs */
export function readErrorLog({ data }: CloudEvent, reception: Reception): EventReading {
  const fields = new JsonFields(data, reception);
  const entry = {
    sid: fields.sid('sid', 'NO'),
    level: fields.text('level'),
    code: fields.optional('error_code'),
    payload: payloadOf(data['payload']),
    sids: [data['correlation_sid'], data['service_sid']],
  };
  eventTime(data['date_created'], 'date_created', reception);
  const change = entryChange(entry, reception.isOwnUrl);
  return change ? { changes: [change] } : { changes: [], ignored: true };
}
