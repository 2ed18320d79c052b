import { endOf, keyOfRecord } from '../codec.ts';
import type { Level } from '../leveldb/level.ts';
import type { Generation } from './generations.ts';

/** What one step of expiry deletes. */
export interface Expired {
  /** The stored keys of the records that go. */
  readonly stored: readonly string[];
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
  /** Stored keys of one generation that were read and are not deleted yet. */
  readonly #ahead = new Set<string>();
  #of: Generation | undefined;
  // Starting over at the beginning would walk over all that was deleted there and is not compacted yet.
  #after = '';
  #end = false;

  constructor(level: Level) {
    this.#level = level;
  }

  /** What to delete now of generations that take nothing more, in their order. */
  async step(closed: readonly Generation[], { nowMs, beforeMs, over, budget, fresh }: ExpiryStep): Promise<Expired> {
    const stored: string[] = [];
    const emptied: Generation[] = [];
    let earlyMs = 0;
    for (const generation of closed) {
      const due = generation.lastAtMs < beforeMs;
      const limit = due ? budget : Math.min(budget, over);
      if (stored.length >= limit) break;
      const before = stored.length;
      const emptiedIt = await this.#take(generation, stored, limit, fresh);
      // What was touched under a clock that was ahead was touched before now all the same.
      if (!due && stored.length > before) earlyMs = Math.max(earlyMs, Math.min(generation.lastAtMs, nowMs));
      if (!emptiedIt) break;
      emptied.push(generation);
    }
    return { stored, emptied, earlyMs };
  }

  /** Tells it of records that left their generation: they are not there to be deleted. */
  forget(stored: readonly string[]): void {
    for (const key of stored) this.#ahead.delete(key);
  }

  /** Adds stored keys of the generation up to the limit; true when it has no more. */
  async #take(from: Generation, stored: string[], limit: number, fresh: ExpiryStep['fresh']): Promise<boolean> {
    if (this.#of !== from) {
      this.#of = from;
      this.#after = from.prefix;
      this.#end = false;
      this.#ahead.clear();
    }
    for (;;) {
      for (const key of this.#ahead) {
        if (stored.length === limit) return false;
        this.#ahead.delete(key);
        if (!fresh.has(keyOfRecord(key)!)) stored.push(key);
      }
      if (this.#end) return true;
      await this.#readAhead(from);
    }
  }

  async #readAhead({ prefix }: Generation): Promise<void> {
    const keys = await this.#level.keys({ gt: this.#after, lt: endOf(prefix), limit: READ_AHEAD }).all();
    for (const key of keys) this.#ahead.add(key);
    this.#end = keys.length < READ_AHEAD;
    this.#after = keys.at(-1) ?? this.#after;
  }
}
