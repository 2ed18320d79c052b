import { type Item, productList, sid } from './paging.ts';

export const alert = (n: number, code: number, url: string, over: Item = {}): Item => ({
  sid: sid('NO', n),
  error_code: String(code),
  log_level: 'error',
  alert_text: 'Msg&sourceComponent=12000&To=%2B14155550123',
  request_method: 'POST',
  request_url: url,
  date_created: new Date(Date.now() - 3_600_000).toISOString(),
  ...over,
});

export const alerts = (items: readonly Item[]) => productList('Alerts', 'alerts', () => items);
