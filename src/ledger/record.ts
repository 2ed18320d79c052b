/**
 * What the ledger remembers of one key: a message, a call, or one event of those that only count.
 *
 * `seen` is a set of small integers, one bit each: a family maps its statuses to the lower bits and may only append to
 * that list, because the bits are on disk. Bits from 24 on are flags of the family's, for what counts once and is no status.
 */
export interface LedgerRecord {
  readonly seen: number;
  /**
   * Up to four times, in ms since the epoch, in places that the family gives a meaning. A time that is not known is
   * `undefined`. They are kept in steps of 10 ms.
   */
  readonly times: Times;
  /** The values of labels that the record keeps for life, in the family's own words: at most 255 bytes of ASCII. */
  readonly labels?: string;
}

export type Times = readonly (number | undefined)[];

export const TIMES = 4;

const STEP_MS = 10;

/** A time as it is kept: what a reducer is given must not depend on whether the record was on disk meanwhile. */
export const kept = (atMs: number): number => Math.round(atMs / STEP_MS) * STEP_MS;

/**
 * The times after something happened. Both sets of places are bits: a place of `anew` holds that time now, one of
 * `earliest` the earlier of it and what it held.
 */
export function timesAfter(times: Times, anew: number, earliest: number, atMs: number): Times {
  const time = kept(atMs);
  let changed = 0;
  for (let place = 0; place < TIMES; place++) {
    const bit = 1 << place;
    const known = times[place];
    if ((anew & bit) !== 0 || ((earliest & bit) !== 0 && (known === undefined || time < known))) changed |= bit;
  }
  if (changed === 0) return times;
  // As long as it must be and with holes: a list that grows, or that holds `undefined`, takes three times the memory.
  const next = new Array<number | undefined>(Math.max(times.length, TIMES - Math.clz32(changed << (32 - TIMES))));
  for (let place = 0; place < next.length; place++) {
    const value = (changed & (1 << place)) !== 0 ? time : times[place];
    if (value !== undefined) next[place] = value;
  }
  return next;
}

export const NO_TIMES: Times = [];

/** The record after one more event, which happened at that time: its bit is set, and place 0 holds when the first one did. */
export const withSeen = (record: LedgerRecord | undefined, bit: number, atMs: number): LedgerRecord => ({
  ...record,
  seen: (record?.seen ?? 0) | bit,
  times: timesAfter(record?.times ?? NO_TIMES, 0, 1, atMs),
});
