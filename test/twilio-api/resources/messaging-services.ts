import { type Item, productList, sid } from './paging.ts';

export const messagingService = (n: number, over: Item = {}): Item => ({
  sid: sid('MG', n),
  friendly_name: `Service ${n}`,
  inbound_request_url: null,
  fallback_url: null,
  status_callback: null,
  ...over,
});

export const messagingServices = (items: readonly Item[]) => productList('Services', 'services', () => items);
