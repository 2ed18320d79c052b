import type { Clock } from '../clock.ts';
import type { Outcome } from '../rejection.ts';

const EVERY_MS = 15_000;
/** How many times of 15 s a quarter of an hour has. */
export const MOMENTS = 60;
/** With both its ends. */
const KEPT = MOMENTS + 1;

/** How often each outcome had happened at one moment, over all feeds. */
interface Moment {
  readonly atMs: number;
  readonly counts: ReadonlyMap<Outcome, number>;
}

type Read = () => Iterable<readonly [count: number, feed: string, outcome: Outcome]>;

const GENUINE: readonly Outcome[] = ['accepted', 'duplicate', 'ignored'];

/**
 * The last quarter of an hour, for people who look: a moment every 15 s in a ring of fixed size. Callbacks never hear of it:
 * it reads the numbers that are counted anyway.
 */
export class History {
  readonly #read: Read;
  readonly #clock: Clock;
  readonly #moments: Moment[] = [];
  readonly #genuine = new Map<string, number>();
  /** When a callback of the feed was last seen to have come, by the monotonic clock. */
  readonly #lastMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(read: Read, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
    this.look();
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes a moment down. */
  look(): void {
    this.#moments.push(this.#now());
    if (this.#moments.length > KEPT) this.#moments.shift();
  }

  /** How many of these outcomes there were a minute, from each moment to the next; the time since the last one is too short to say. */
  perMinute(...outcomes: readonly Outcome[]): number[] {
    return this.#moments.slice(1).map((moment, i) => {
      const before = this.#moments[i]!;
      const minutes = (moment.atMs - before.atMs) / 60_000;
      return minutes > 0 ? (sum(moment, outcomes) - sum(before, outcomes)) / minutes : 0;
    });
  }

  /** How many of these outcomes there were since a moment so long ago, or since the start. */
  within(ms: number, ...outcomes: readonly Outcome[]): number {
    const now = this.#now();
    const from = this.#moments.find(({ atMs }) => atMs >= now.atMs - ms) ?? this.#moments.at(-1)!;
    return sum(now, outcomes) - sum(from, outcomes);
  }

  /** How long ago a genuine callback of the feed was last seen, to 15 s; `undefined` where none has come since the start. */
  ageMs(feed: string): number | undefined {
    this.#now();
    const lastMs = this.#lastMs.get(feed);
    return lastMs === undefined ? undefined : this.#clock.monotonicMs() - lastMs;
  }

  #now(): Moment {
    const atMs = this.#clock.monotonicMs();
    const counts = new Map<Outcome, number>();
    const genuine = new Map<string, number>();
    for (const [count, feed, outcome] of this.#read()) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + count);
      if (GENUINE.includes(outcome)) genuine.set(feed, (genuine.get(feed) ?? 0) + count);
    }
    for (const [feed, count] of genuine) {
      if (count > (this.#genuine.get(feed) ?? 0)) this.#lastMs.set(feed, atMs);
      this.#genuine.set(feed, count);
    }
    return { atMs, counts };
  }
}

const sum = ({ counts }: Moment, outcomes: readonly Outcome[]): number =>
  outcomes.reduce((all, outcome) => all + (counts.get(outcome) ?? 0), 0);
