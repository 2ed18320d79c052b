/**
 * What the ledger remembers of one key (a message, a call, later one event of a feed).
 *
 * `seen` is a set of small integers, one bit for each status: a family maps its statuses to bits and may only append
 * to that list, because the bits are on disk. The times serve expiry now and durations later.
 */
export interface LedgerRecord {
  readonly seen: number;
  /** Receive time of the first and the last counted event, in ms since the epoch. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** The record after one more event: the bit is set and the times span it. */
export function withSeen(record: LedgerRecord | undefined, bit: number, atMs: number): LedgerRecord {
  if (!record) return { seen: bit, firstAtMs: atMs, lastAtMs: atMs };
  return {
    seen: record.seen | bit,
    firstAtMs: Math.min(record.firstAtMs, atMs),
    lastAtMs: Math.max(record.lastAtMs, atMs),
  };
}
