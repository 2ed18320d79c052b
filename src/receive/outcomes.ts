import { OUTCOMES, type Outcome } from '../rejection.ts';

/**
 * Counts the one outcome of each request that reached a feed, or of each event of a batch. The hot path adds to a plain
 * number; the observable counter reads it at collection.
 */
export class Outcomes {
  readonly #counts = new Map<string, Map<Outcome, number>>();
  readonly #onFirst: (feed: string) => void;

  /** `shown` are the feeds that are told of before their first request. `onFirst` hears of each that is told of. */
  constructor(shown: readonly string[], onFirst: (feed: string) => void = () => {}) {
    this.#onFirst = onFirst;
    for (const feed of shown) this.begin(feed);
  }

  add(feed: string, outcome: Outcome): void {
    const counts = this.begin(feed);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  /** Tells of the feed from here on. */
  begin(feed: string): Map<Outcome, number> {
    const known = this.#counts.get(feed);
    if (known) return known;
    const counts = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
    this.#counts.set(feed, counts);
    this.#onFirst(feed);
    return counts;
  }

  *read(): Iterable<readonly [count: number, feed: string, outcome: Outcome]> {
    for (const [feed, counts] of this.#counts) {
      for (const [outcome, count] of counts) yield [count, feed, outcome];
    }
  }
}
