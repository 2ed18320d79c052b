import { CALL_STATUSES, type CallEvent, call as family } from '../families/call.ts';
import { formFeed } from './feed.ts';
import type { Form } from './form.ts';

/** Call progress callbacks of each leg. https://www.twilio.com/docs/voice/api/call-resource#statuscallback */
export const call = formFeed(
  'call',
  family,
  (form): CallEvent => ({
    sid: form.sid('CallSid', 'CA'),
    status: form.oneOf('CallStatus', CALL_STATUSES),
    sipResponseCode: form.optional('SipResponseCode'),
    durationS: durationOf(form),
    atMs: form.time('Timestamp'),
  }),
);

const LENGTH = /^\d{1,7}$/;

/** `CallDuration` is in seconds; `Duration` is in minutes and never read. */
function durationOf(form: Form): number | undefined {
  const text = form.optional('CallDuration');
  return text !== undefined && LENGTH.test(text) ? Number(text) : undefined;
}
