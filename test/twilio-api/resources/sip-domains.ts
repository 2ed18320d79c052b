import { accountList, type Item, sid } from './paging.ts';

export const sipDomain = (n: number, over: Item = {}): Item => ({
  sid: sid('SD', n),
  domain_name: `acme-${n}.sip.twilio.com`,
  friendly_name: `Office ${n}`,
  voice_url: 'https://app.example.com/voice',
  voice_fallback_url: '',
  voice_status_callback_url: '',
  ...over,
});

export const sipDomains = (items: readonly Item[]) => accountList('SIP/Domains', 'domains', items);
