import type { LedgerRecord } from '../ledger/record.ts';

/** Bits of a record from here on are flags of the family's, and no statuses. */
const FIRST_FLAG = 24;

/** The flag of a record whose end, as Twilio's API lists it, was compared with what was heard. */
export const RECONCILED = 1 << 25;

/**
 * The statuses of a lifecycle as bits of a record.
 *
 * The list is on disk by position: append to it, never insert, drop or reorder.
 */
export class Statuses<S extends string> {
  readonly #bits: ReadonlyMap<string, number>;

  constructor(known: readonly S[]) {
    if (known.length > FIRST_FLAG) throw new Error(`a record holds ${FIRST_FLAG} statuses`);
    this.#bits = new Map(known.map((status, position) => [status, 1 << position]));
  }

  /** The status, or `other` for a text that is none of the known ones. */
  parse(text: string): S {
    return (this.#bits.has(text) ? text : 'other') as S;
  }

  bit(status: S): number {
    return this.#bits.get(status) ?? 0;
  }

  bits(...statuses: readonly S[]): number {
    return statuses.reduce((bits, status) => bits | this.bit(status), 0);
  }
}

export const hasAny = (record: LedgerRecord | undefined, bits: number): boolean => ((record?.seen ?? 0) & bits) !== 0;

const STATUS_BITS = (1 << FIRST_FLAG) - 1;

/** How many statuses a record has seen. */
export function countSeen(record: LedgerRecord): number {
  let count = 0;
  for (let bits = record.seen & STATUS_BITS; bits !== 0; bits &= bits - 1) count++;
  return count;
}
