import { accountList, type Item, sid } from './paging.ts';

export const application = (n: number, over: Item = {}): Item => ({
  sid: sid('AP', n),
  friendly_name: `App ${n}`,
  voice_url: 'https://app.example.com/voice',
  voice_fallback_url: '',
  sms_url: '',
  sms_fallback_url: '',
  status_callback: '',
  sms_status_callback: '',
  message_status_callback: null,
  ...over,
});

export const applications = (items: readonly Item[]) => accountList('Applications', 'applications', items);
