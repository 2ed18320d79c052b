import { LIFECYCLES, recount } from '../src/families/index.ts';
import type { Families } from '../src/ledger/disk/check/inspect.ts';

const UNRESOLVED_MS = 3 * 86_400_000;

/** What `ledger verify` knows of the families, with everything given up after three days. */
export const KNOWN: Families = {
  recount,
  books: LIFECYCLES.map((life) => ({ ...life, unresolvedAfterMs: UNRESOLVED_MS })),
};
