import { performance } from 'node:perf_hooks';

/** Time comes in by this door, so that a test can move it. */
export interface Clock {
  /** Ms since the epoch, anchored at the start of the process: a jump of the wall clock does not move it. */
  nowMs(): number;
  /** Ms since the epoch by the wall clock, which may jump. */
  wallMs(): number;
  /** Ms since any fixed moment; never goes back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Math.floor(performance.timeOrigin + performance.now()),
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
