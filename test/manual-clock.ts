import type { Clock } from '../src/clock.ts';

/** 14 October 2026, 12:04 UTC: a minute after the sample callbacks were sent. */
export const NOON_MS = Date.UTC(2026, 9, 14, 12, 4);

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #nowMs: number;
  /** How far the wall clock is ahead of the true time. */
  wallAheadMs = 0;

  constructor(nowMs = NOON_MS) {
    this.#nowMs = nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.wallAheadMs;
  }

  monotonicMs(): number {
    return this.#nowMs - NOON_MS;
  }
}
