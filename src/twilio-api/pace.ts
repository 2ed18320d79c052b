import { setTimeout as systemSleep } from 'node:timers/promises';

const MINUTE_MS = 60_000;
const PACE = {
  soon: { firstMs: 5_000, ceilingMs: 5 * MINUTE_MS },
  slowly: { firstMs: 5 * MINUTE_MS, ceilingMs: 60 * MINUTE_MS },
} as const;

/** Doubles with each failure in a row up to a ceiling; the upper half of it is random, so that agents spread out. */
export function backoffMs(retry: keyof typeof PACE, failuresInARow: number, random: () => number): number {
  const { firstMs, ceilingMs } = PACE[retry];
  const fullMs = Math.min(ceilingMs, firstMs * 2 ** Math.max(0, failuresInARow - 1));
  return fullMs / 2 + (fullMs / 2) * random();
}

const LONGEST_RETRY_AFTER_MS = 24 * 60 * MINUTE_MS;

/** `Retry-After` in ms: seconds or an HTTP date; 0 for anything else. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterMs(header: unknown, nowMs: number): number {
  if (typeof header !== 'string') return 0;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : 0;
}

/** Resolves after a time, rejects at once when the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const wait: Sleep = (ms, signal) => systemSleep(ms, undefined, { signal });
