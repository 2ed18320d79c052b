import type { Line, LineParts } from '../line.ts';

const HOUR_MS = 3_600_000;

/** A line on which requests are so far apart that no hour holds more than the budget, those that are repeated too. */
export class Budget implements Pick<Line, 'request'> {
  readonly #line: Pick<Line, 'request'>;
  readonly #parts: LineParts;
  readonly #apartMs: number;
  #nextMs = 0;

  constructor(line: Pick<Line, 'request'>, pagesPerHour: number, parts: LineParts) {
    this.#line = line;
    this.#parts = parts;
    this.#apartMs = HOUR_MS / pagesPerHour;
  }

  async request<T>(send: () => Promise<T>): Promise<T> {
    const { clock, sleep, stop } = this.#parts;
    const nowMs = clock.monotonicMs();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + this.#apartMs;
    if (atMs > nowMs) await sleep(atMs - nowMs, stop);
    return this.#line.request(send);
  }
}
