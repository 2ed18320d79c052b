import { z } from 'zod';

/** What the reference of keys tells of a value, besides its meaning: see `docs/src/reference.ts`. */
export interface Facts {
  /** In a user's words, such as `duration`. */
  readonly type: string;
  /** The default as a user would write it; nothing when it is empty. */
  readonly fallback: string;
  /** Which values are taken; nothing when that is said by the type alone. */
  readonly bounds: string;
}

/** The facts of each kind of value. Rules and a meaning that are added to it leave them as they are. */
export const FACTS = z.registry<Facts>();
