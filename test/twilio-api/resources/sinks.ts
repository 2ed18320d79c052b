import { type Item, productList, sid } from './paging.ts';

export const sink = (n: number, destination: string, over: Item = {}): Item => ({
  sid: sid('DG', n),
  description: `sink ${n}`,
  sink_type: 'webhook',
  sink_configuration: { destination, method: 'POST', batch_events: true },
  status: 'active',
  ...over,
});

export const sinks = (items: readonly Item[]) => productList('Sinks', 'sinks', () => items);
