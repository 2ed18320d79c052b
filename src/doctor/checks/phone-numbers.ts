import { callbackCheck } from '../twilio/callbacks.ts';
import { LISTS } from '../twilio/lists.ts';

/** https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource */
export const phoneNumbers = callbackCheck({
  name: 'phone numbers',
  list: LISTS['phone numbers'],
  status: { name: 'status_callback', called: '"Call Status Changes" (StatusCallback)', feed: 'call' },
  asking: [
    { name: 'voice_url', called: '"A call comes in"' },
    { name: 'voice_fallback_url', called: 'VoiceFallbackUrl' },
    { name: 'sms_url', called: '"A message comes in"' },
    { name: 'sms_fallback_url', called: 'SmsFallbackUrl' },
  ],
  // Calls to one of a TwiML App's, or of a trunk's, go by the settings of these; one without voice has none.
  counts: ({ voice_application_sid: app, trunk_sid: trunk, capabilities }) =>
    !app && !trunk && (capabilities as { voice?: unknown } | undefined)?.voice !== false,
});
