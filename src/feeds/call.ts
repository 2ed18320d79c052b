import { CALL_STATUSES, type CallEvent, call as family } from '../families/call.ts';
import { formFeed } from './feed.ts';

/** Call progress callbacks of each leg. https://www.twilio.com/docs/voice/api/call-resource#statuscallback */
export const call = formFeed('call', family, (form): CallEvent => {
  const event = {
    sid: form.sid('CallSid', 'CA'),
    status: form.oneOf('CallStatus', CALL_STATUSES),
    sipResponseCode: form.optional('SipResponseCode'),
    receivedAtMs: form.reception.receivedAtMs,
  };
  form.checkTimestamp('Timestamp');
  return event;
});
