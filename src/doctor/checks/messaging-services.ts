import { callbackCheck } from '../twilio/callbacks.ts';
import { LISTS } from '../twilio/lists.ts';

/** https://www.twilio.com/docs/messaging/api/service-resource */
export const messagingServices = callbackCheck({
  name: 'Messaging Services',
  list: LISTS['Messaging Services'],
  status: { name: 'status_callback', called: '"Delivery Status Callback" (StatusCallback)', feed: 'message' },
  asking: [
    { name: 'inbound_request_url', called: 'InboundRequestUrl' },
    { name: 'fallback_url', called: 'FallbackUrl' },
  ],
});
