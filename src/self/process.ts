import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { cpuUsage, memoryUsage, uptime } from 'node:process';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Clock } from '../clock.ts';

const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;

/** Reports what the process takes of its machine and how late its event loop comes. Returns what ends the watching. */
export function observeProcess(instruments: Instruments, clock: Clock): () => void {
  const delay = new LoopDelay(() => clock.monotonicMs());
  instruments.observe('eventLoopDelayMax', () => delay.seconds((histogram) => histogram.max));
  instruments.observe('eventLoopDelayP99', () => delay.seconds((histogram) => histogram.percentile(99)));
  instruments.observe('eventLoopTime', () => {
    const { active, idle } = performance.eventLoopUtilization();
    return [
      [active / 1_000, { 'nodejs.eventloop.state': 'active' }],
      [idle / 1_000, { 'nodejs.eventloop.state': 'idle' }],
    ];
  });
  instruments.observe('processCpuTime', () => {
    const { user, system } = cpuUsage();
    return [
      [user / 1e6, { 'cpu.mode': 'user' }],
      [system / 1e6, { 'cpu.mode': 'system' }],
    ];
  });
  instruments.observe('processMemoryUsage', () => memoryUsage.rss());
  instruments.observe('heapUsed', () => memoryUsage().heapUsed);
  instruments.observe('processUptime', uptime);
  instruments.observe('clockSkew', () => (clock.wallMs() - clock.nowMs()) / 1_000);
  return () => delay.stop();
}

/**
 * How late the event loop came in the last minute, whoever asks and how often: the histogram that is asked began one to
 * two half minutes ago, the other is the next one.
 */
class LoopDelay {
  readonly #monotonicMs: () => number;
  #old = watching();
  #young = watching();
  #turnedMs: number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#turnedMs = monotonicMs();
  }

  seconds(read: (histogram: IntervalHistogram) => number): number {
    const now = this.#monotonicMs();
    if (now - this.#turnedMs >= WINDOW_MS / 2) {
      this.#old.disable();
      this.#old = this.#young;
      this.#young = watching();
      this.#turnedMs = now;
    }
    // Each value holds the timer's own interval too; an empty histogram has no maximum.
    return this.#old.count === 0 ? 0 : Math.max(0, read(this.#old) / 1e9 - RESOLUTION_MS / 1_000);
  }

  stop(): void {
    this.#old.disable();
    this.#young.disable();
  }
}

function watching(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
