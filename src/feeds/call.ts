import { CALL_STATUSES, type CallEvent, call as family } from '../families/call.ts';
import { formFeed } from './feed.ts';
import type { Fields } from './reading/fields.ts';

/** Call progress callbacks of each leg. https://www.twilio.com/docs/voice/api/call-resource#statuscallback */
export const call = formFeed('call', family, readCall);

/** The event that the parameters of a call's callback tell of, on whichever road they come. */
export function readCall(fields: Fields): CallEvent {
  return {
    sid: fields.sid('CallSid', 'CA'),
    status: fields.oneOf('CallStatus', CALL_STATUSES),
    sipResponseCode: fields.optional('SipResponseCode'),
    durationS: durationOf(fields),
    at: fields.time('Timestamp'),
    labels: fields.reception.labeler.call(fields),
  };
}

const LENGTH = /^\d{1,7}$/;

/** `CallDuration` is in seconds; `Duration` is in minutes and never read. */
function durationOf(form: Fields): number | undefined {
  const text = form.optional('CallDuration');
  return text !== undefined && LENGTH.test(text) ? Number(text) : undefined;
}
