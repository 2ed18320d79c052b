import type { Clock } from '../clock.ts';

export interface WindowOptions {
  readonly windowMs: number;
  /** How much longer than the window a record stays, 0 by default. */
  readonly graceMs?: number;
  readonly clock: Clock;
}

/** How long a ledger remembers, by two clocks of which one may jump and the other stands while the machine sleeps. */
export class Window {
  readonly #options: WindowOptions;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** How long a record stays that is not touched again. */
  get keptMs(): number {
    return this.#options.windowMs + (this.#options.graceMs ?? 0);
  }

  /** When a record is touched: the later of both, so that a restart, after which they agree, finds none older than it is. */
  get nowMs(): number {
    const { clock } = this.#options;
    return Math.max(clock.nowMs(), clock.wallMs());
  }

  /**
   * Records last touched before it expire. The slower of both: neither a jump of the wall clock nor a suspended machine
   * expires in masses.
   */
  get beforeMs(): number {
    return this.slowMs - this.keptMs;
  }

  /** The slower of both clocks. */
  get slowMs(): number {
    const { clock } = this.#options;
    return Math.min(clock.nowMs(), clock.wallMs());
  }

  /** How far back duplicates are known, in seconds: less than the window where records of that time went early. */
  seconds(forgottenMs: number): number {
    const rememberedMs = Math.max(0, this.nowMs - forgottenMs);
    return Math.min(this.#options.windowMs, rememberedMs) / 1_000;
  }
}
