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

  async request<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      const waitMs = this.#heldOffMs();
      if (waitMs > 0) await this.#parts.sleep(waitMs, this.#parts.stop);
      const turn = this.#last.then(() => this.#take(send));
      this.#last = turn.catch(() => {});
      const taken = await turn;
      if (taken) return taken.answer;
    }
  }

  #heldOffMs(): number {
    return this.#notBeforeMs - this.#parts.clock.monotonicMs();
  }

  /** Sends when its turn has come, or nothing when the request before it was told to wait. */
  async #take<T>(send: () => Promise<T>): Promise<{ readonly answer: T } | undefined> {
    const { clock, random, stop } = this.#parts;
    stop.throwIfAborted();
    if (this.#heldOffMs() > 0) return undefined;
    try {
      return { answer: await send() };
    } catch (error) {
      // A little later than asked for: agents that were refused together must not come back together.
      const waitMs = error instanceof ApiFailure ? error.retryAfterMs * (1 + random() / 10) : 0;
      if (waitMs > 0) this.#notBeforeMs = clock.monotonicMs() + waitMs;
      throw error;
    }
  }
}
