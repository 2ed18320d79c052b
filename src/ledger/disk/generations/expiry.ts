import type { ShortKey } from '../../keys.ts';
import type { LedgerRecord } from '../../record.ts';
import { endOf, keyOfRecord } from '../codec.ts';
import type { Level } from '../leveldb/level.ts';
import { decodeRecord } from '../record-codec.ts';
import type { Generation } from './generations.ts';

/** What one step of expiry deletes. */
export interface Expired {
  /** The stored keys of the records that go. */
  readonly stored: readonly string[];
  /** These records, with their keys. */
  readonly records: readonly { readonly key: ShortKey; readonly record: LedgerRecord }[];
  /** The generations that hold nothing after that. */
  readonly emptied: readonly Generation[];
  /** Time of the youngest record that may have gone before its time, because there was no room for more; or 0. */
  readonly earlyMs: number;
}

export interface ExpiryStep {
  readonly nowMs: number;
  /** Records last touched before it go. */
  readonly beforeMs: number;
  /** So many go whatever their age. */
  readonly over: number;
  /** No more than that. */
  readonly budget: number;
  /** Keys that the batch at hand writes elsewhere. */
  readonly fresh: ReadonlyMap<string, unknown>;
}

const READ_AHEAD = 512;

/** Empties the generations, the oldest first: each step costs what it deletes, however much the ledger holds. */
export class Expiry {
  readonly #level: Level;
  /** What was read of one generation and is not deleted yet, by stored key. */
  readonly #ahead = new Map<string, Buffer>();
  #of: Generation | undefined;
  // Starting over at the beginning would walk over all that was deleted there and is not compacted yet.
  #after = '';
  #end = false;

  constructor(level: Level) {
    this.#level = level;
  }

  /** What to delete now of generations that take nothing more, in their order. */
  async step(closed: readonly Generation[], { nowMs, beforeMs, over, budget, fresh }: ExpiryStep): Promise<Expired> {
    const taken = new Map<string, Buffer>();
    const emptied: Generation[] = [];
    let earlyMs = 0;
    for (const generation of closed) {
      const due = generation.lastAtMs < beforeMs;
      const limit = due ? budget : Math.min(budget, over);
      if (taken.size >= limit) break;
      const before = taken.size;
      const emptiedIt = await this.#take(generation, taken, limit, fresh);
      // What was touched under a clock that was ahead was touched before now all the same.
      if (!due && taken.size > before) earlyMs = Math.max(earlyMs, Math.min(generation.lastAtMs, nowMs));
      if (!emptiedIt) break;
      emptied.push(generation);
    }
    return { stored: [...taken.keys()], records: recordsOf(taken), emptied, earlyMs };
  }

  /** Tells it of records that left their generation: they are not there to be deleted. */
  forget(stored: readonly string[]): void {
    for (const key of stored) this.#ahead.delete(key);
  }

  /** Adds what lies in the generation up to the limit; true when it has no more. */
  async #take(
    from: Generation,
    taken: Map<string, Buffer>,
    limit: number,
    fresh: ExpiryStep['fresh'],
  ): Promise<boolean> {
    if (this.#of !== from) {
      this.#of = from;
      this.#after = from.prefix;
      this.#end = false;
      this.#ahead.clear();
    }
    for (;;) {
      for (const [key, value] of this.#ahead) {
        if (taken.size === limit) return false;
        this.#ahead.delete(key);
        if (!fresh.has(keyOfRecord(key)!)) taken.set(key, value);
      }
      if (this.#end) return true;
      await this.#readAhead(from);
    }
  }

  async #readAhead({ prefix }: Generation): Promise<void> {
    const entries = await this.#level.iterator({ gt: this.#after, lt: endOf(prefix), limit: READ_AHEAD }).all();
    for (const [key, value] of entries) this.#ahead.set(key, value);
    this.#end = entries.length < READ_AHEAD;
    this.#after = entries.at(-1)?.[0] ?? this.#after;
  }
}

/** A record that is damaged goes like any other; what it was cannot be told. */
function recordsOf(taken: ReadonlyMap<string, Buffer>): Expired['records'] {
  const records: { key: ShortKey; record: LedgerRecord }[] = [];
  for (const [stored, value] of taken) {
    try {
      records.push({ key: keyOfRecord(stored)!, record: decodeRecord(stored, value) });
    } catch {}
  }
  return records;
}
