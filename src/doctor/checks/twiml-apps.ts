import { callbackCheck } from '../twilio/callbacks.ts';
import { LISTS } from '../twilio/lists.ts';

/** https://www.twilio.com/docs/usage/api/applications */
export const twimlApps = callbackCheck({
  name: 'TwiML Apps',
  list: LISTS['TwiML Apps'],
  status: { name: 'status_callback', called: 'StatusCallback', feed: 'call' },
  optional: [
    { name: 'message_status_callback', called: 'MessageStatusCallback', feed: 'message' },
    { name: 'sms_status_callback', called: 'SmsStatusCallback', feed: 'message' },
  ],
  asking: [
    { name: 'voice_url', called: 'VoiceUrl' },
    { name: 'voice_fallback_url', called: 'VoiceFallbackUrl' },
    { name: 'sms_url', called: 'SmsUrl' },
    { name: 'sms_fallback_url', called: 'SmsFallbackUrl' },
  ],
});
