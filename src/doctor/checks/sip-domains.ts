import { callbackCheck } from '../twilio/callbacks.ts';
import { LISTS } from '../twilio/lists.ts';

/** https://www.twilio.com/docs/voice/sip/api/sip-domain-resource */
export const sipDomains = callbackCheck({
  name: 'SIP domains',
  list: LISTS['SIP domains'],
  status: { name: 'voice_status_callback_url', called: 'VoiceStatusCallbackUrl', feed: 'call' },
  asking: [
    { name: 'voice_url', called: 'VoiceUrl' },
    { name: 'voice_fallback_url', called: 'VoiceFallbackUrl' },
  ],
});
