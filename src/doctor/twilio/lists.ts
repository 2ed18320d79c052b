import type { Listed } from './api.ts';

/** What the doctor lists of an account. */
export const LISTS = {
  'phone numbers': { product: 'api', path: 'IncomingPhoneNumbers', key: 'incoming_phone_numbers' },
  'Messaging Services': { product: 'messaging', path: 'Services', key: 'services' },
  'TwiML Apps': { product: 'api', path: 'Applications', key: 'applications' },
  'SIP domains': { product: 'api', path: 'SIP/Domains', key: 'domains' },
  sinks: { product: 'events', path: 'Sinks', key: 'sinks' },
  subscriptions: { product: 'events', path: 'Subscriptions', key: 'subscriptions' },
  alerts: { product: 'monitor', path: 'Alerts', key: 'alerts' },
} as const satisfies Record<string, Listed>;

/** What the agent itself lists, where it compares. */
export const COMPARED = {
  messages: { product: 'api', path: 'Messages', key: 'messages' },
  calls: { product: 'api', path: 'Calls', key: 'calls' },
} as const satisfies Record<string, Listed>;
