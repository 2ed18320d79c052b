import type { Clock } from '../clock.ts';
import { ApiFailure } from './failure.ts';
import type { Sleep } from './pace.ts';

export interface LineParts {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly stop: AbortSignal;
}

/** The line to one account's API: one request at a time, in order, and none before Twilio's `Retry-After` is over. */
export class Line {
  readonly #parts: LineParts;
  #last: Promise<unknown> = Promise.resolve();
  #notBeforeMs = 0;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  request<T>(send: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#take(send));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #take<T>(send: () => Promise<T>): Promise<T> {
    const { clock, random, sleep, stop } = this.#parts;
    for (let waitMs: number; (waitMs = this.#notBeforeMs - clock.monotonicMs()) > 0; ) await sleep(waitMs, stop);
    stop.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      // A little later than asked for: agents that were refused together must not come back together.
      const waitMs = error instanceof ApiFailure ? error.retryAfterMs * (1 + random() / 10) : 0;
      if (waitMs > 0) this.#notBeforeMs = clock.monotonicMs() + waitMs;
      throw error;
    }
  }
}
