import type { Item, Listed } from './api.ts';

/** A field of a resource that holds a URL. */
export interface UrlField {
  readonly name: string;
  /** As the Console or the API calls it. */
  readonly called: string;
}

/** A kind of resource that can have a status callback. */
export interface Resources {
  /** In the plural. */
  readonly name: string;
  readonly list: Listed;
  /** Where the status callback belongs, and what it tells of. */
  readonly status: UrlField & { readonly feed: 'message' | 'call' };
  /** Status callbacks that a resource may do without. */
  readonly optional?: readonly (UrlField & { readonly feed: 'message' | 'call' })[];
  /** Fields whose requests ask what to do: no status is ever sent there. */
  readonly asking: readonly UrlField[];
  /** False for one that calls no status callback of its own. */
  readonly counts?: (item: Item) => boolean;
}
