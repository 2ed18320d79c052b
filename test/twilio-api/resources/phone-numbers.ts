import { accountList, type Item, sid } from './paging.ts';

export const phoneNumber = (n: number, over: Item = {}): Item => ({
  sid: sid('PN', n),
  phone_number: `+1415555${String(2_000 + n)}`,
  friendly_name: `(415) 555-${2_000 + n}`,
  capabilities: { voice: true, sms: true, mms: true },
  voice_url: 'https://app.example.com/voice',
  voice_fallback_url: '',
  voice_application_sid: '',
  sms_url: 'https://app.example.com/sms',
  sms_fallback_url: '',
  sms_application_sid: '',
  trunk_sid: null,
  status_callback: '',
  status_callback_method: 'POST',
  ...over,
});

export const phoneNumbers = (items: readonly Item[]) =>
  accountList('IncomingPhoneNumbers', 'incoming_phone_numbers', items);
