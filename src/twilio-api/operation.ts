import { type Increment, observe } from '../../instrumentation/increments.ts';
import type { ApiOperation } from '../../instrumentation/metrics.ts';
import { type ApiFailure, asFailure } from './failure.ts';
import type { Health } from './health.ts';
import type { Line, LineParts } from './line.ts';
import { backoffMs } from './pace.ts';

export interface OperationParts extends LineParts {
  readonly operation: ApiOperation;
  readonly intervalMs: number;
  readonly line: Pick<Line, 'request'>;
  readonly health: Health;
  /** Aborted when what it waits for may have come: it is then due at once. */
  readonly wake: () => AbortSignal;
  readonly record: (increments: readonly Increment[]) => void;
}

/** The share of an interval by which its length varies. */
const JITTER = 0.1;

/** One operation of the API: its requests, how often they are repeated, and when it is due again. */
export class Operation {
  readonly #parts: OperationParts;
  readonly #counted = new WeakSet<ApiFailure>();
  #failuresInARow = 0;

  constructor(parts: OperationParts) {
    this.#parts = parts;
  }

  /** Runs the operation until stopped: once an interval while it succeeds, else after the pause that its failure asks for. */
  async repeat(initialDelayMs: number, run: () => Promise<void>): Promise<void> {
    const { sleep, stop, wake } = this.#parts;
    let waitMs = initialDelayMs;
    while (!stop.aborted) {
      // Rejects for no other reason than these two.
      await sleep(waitMs, AbortSignal.any([stop, wake()])).catch(() => {});
      if (!stop.aborted) waitMs = await this.#runOnce(run);
    }
  }

  /** Runs the operation and resolves with the time until it is due again. */
  async #runOnce(run: () => Promise<void>): Promise<number> {
    const { clock, health, intervalMs, operation, random, stop } = this.#parts;
    // A little sooner or later each time: what once came at the same moment must not do so for ever.
    const dueMs = clock.monotonicMs() + intervalMs * (1 + (random() - 0.5) * JITTER);
    try {
      await run();
      health.completed(operation);
    } catch (error) {
      const pauseMs = stop.aborted ? undefined : this.#pauseMs(this.#failed(error));
      if (pauseMs !== undefined) return pauseMs;
    }
    const leftMs = dueMs - clock.monotonicMs();
    return leftMs > 0 ? leftMs : intervalMs;
  }

  /** Makes one request, and repeats it while that may help and the operation is not due anew. */
  async request<T>(send: () => Promise<T>): Promise<T> {
    const { clock, health, intervalMs, line, operation, sleep, stop } = this.#parts;
    const giveUpMs = clock.monotonicMs() + intervalMs;
    for (;;) {
      try {
        const answer = await line.request(() => timed(this.#parts, send));
        this.#failuresInARow = 0;
        health.succeeded(operation);
        return answer;
      } catch (error) {
        stop.throwIfAborted();
        const failure = this.#failed(error);
        const pauseMs = failure.retry === 'soon' ? this.#pauseMs(failure) : undefined;
        if (pauseMs === undefined || clock.monotonicMs() + pauseMs >= giveUpMs) throw failure;
        await sleep(pauseMs, stop);
      }
    }
  }

  /** Counts a failure, once. */
  #failed(error: unknown): ApiFailure {
    const failure = asFailure(error);
    if (this.#counted.has(failure)) return failure;
    this.#counted.add(failure);
    this.#failuresInARow++;
    this.#parts.health.failed(this.#parts.operation, failure);
    return failure;
  }

  /** `undefined` where the operation's next turn is soon enough. */
  #pauseMs({ retry }: ApiFailure): number | undefined {
    const { intervalMs, random } = this.#parts;
    if (retry === 'in_turn') return undefined;
    const pauseMs = backoffMs(retry, this.#failuresInARow, random);
    return retry === 'slowly' ? Math.max(pauseMs, intervalMs) : pauseMs;
  }
}

/** Sends, and tells how long the answer took. */
export async function timed<T>(
  { clock, operation, record, stop }: Pick<OperationParts, 'clock' | 'operation' | 'record' | 'stop'>,
  send: () => Promise<T>,
): Promise<T> {
  const startedMs = clock.monotonicMs();
  try {
    return await send();
  } finally {
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    if (!stop.aborted) record([observe('apiRequestDuration', seconds, { operation })]);
  }
}
