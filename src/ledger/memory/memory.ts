import { randomUUID } from 'node:crypto';
import type { Increment } from '../../../instrumentation/increments.ts';
import type { Base } from '../../../instrumentation/totals.ts';
import type { Change, ChangeOutcome, Ledger, LedgerStats, OnCommit } from '../ledger.ts';
import type { LedgerRecord } from '../record.ts';
import { Window, type WindowOptions } from '../window.ts';
import { AgeMap } from './age-map.ts';

export interface MemoryLedgerOptions extends WindowOptions {
  readonly maxEntries: number;
  readonly onCommit: OnCommit;
}

/** Keeps the promise for as long as the process lives; a restart forgets records and totals alike. */
export class MemoryLedger implements Ledger {
  readonly storage = 'memory';
  readonly volatile = true;
  readonly instanceId = randomUUID();
  readonly base: Base;
  readonly #options: MemoryLedgerOptions;
  readonly #records = new AgeMap<LedgerRecord>();
  readonly #window: Window;
  #forgottenMs = 0;

  constructor(options: MemoryLedgerOptions) {
    this.#options = options;
    this.#window = new Window(options);
    this.base = { startTimeMs: options.clock.wallMs(), totals: new Map() };
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeOutcome[]> {
    const staged = new Map<string, LedgerRecord>();
    const increments: Increment[] = [];
    // A reducer that throws leaves nothing behind: nothing is kept before the last one has spoken.
    const outcomes = changes.map(({ key, reduce }): ChangeOutcome => {
      const reduction = reduce(staged.get(key) ?? this.#records.get(key));
      if (reduction === 'duplicate') return 'duplicate';
      staged.set(key, reduction.next);
      increments.push(...reduction.increments);
      return 'accepted';
    });
    for (const [key, record] of staged) this.#keep(key, record);
    if (increments.length > 0) this.#options.onCommit(increments);
    return outcomes;
  }

  #keep(key: string, record: LedgerRecord): void {
    this.#records.set(key, record);
    this.#expire();
  }

  /** Drops at most two old records for each new one: no pause, and the size follows the window down. */
  #expire(): void {
    const { maxEntries } = this.#options;
    const { beforeMs } = this.#window;
    for (let dropped = 0; dropped < 2; dropped++) {
      const { oldest } = this.#records;
      if (!oldest) return;
      const [key, { lastAtMs }] = oldest;
      const over = this.#records.size > maxEntries;
      const young = lastAtMs >= beforeMs;
      if (young && !over) return;
      if (young) this.#forgottenMs = Math.max(this.#forgottenMs, lastAtMs);
      this.#records.delete(key);
    }
  }

  stats(): LedgerStats {
    const { windowMs, maxEntries, clock } = this.#options;
    const rememberedMs = Math.max(0, clock.nowMs() - this.#forgottenMs);
    return {
      entries: this.#records.size,
      maxEntries,
      bytes: 0,
      windowSeconds: Math.min(windowMs, rememberedMs) / 1_000,
    };
  }

  unavailable(): string | undefined {
    return undefined;
  }

  async close(): Promise<void> {}
}
