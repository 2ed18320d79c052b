import { type Item, productList, sid } from './paging.ts';

export const subscription = (n: number, sinkNumber: number): Item => ({
  sid: sid('DF', n),
  description: `subscription ${n}`,
  sink_sid: sid('DG', sinkNumber),
});

/** The subscriptions, and the types of each by its SID. */
export const subscriptions = (items: readonly Item[]) => productList('Subscriptions', 'subscriptions', () => items);

export const subscribedEvents = (types: readonly string[]) =>
  productList(/^\/v1\/Subscriptions\/DF[0-9a-f]{32}\/SubscribedEvents$/, 'types', () =>
    types.map((type) => ({ type, schema_version: 2 })),
  );
