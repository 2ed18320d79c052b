import { OUTCOMES, type Outcome } from '../rejection.ts';

/** Only a request that was verified can have one of these. */
const GENUINE: ReadonlySet<Outcome> = new Set<Outcome>(['accepted', 'duplicate', 'ignored']);

/**
 * Counts the one outcome of each request that reached a feed, or of each event of a batch. The hot path adds to a plain
 * number; the observable counter reads it at collection.
 */
export class Outcomes {
  readonly #counts = new Map<string, Map<Outcome, number>>();
  readonly #shown = new Set<string>();
  readonly #onFirst: (feed: string) => void;

  /** `shown` are the feeds that are told of from the start. `onFirst` hears of each once it is. */
  constructor(shown: readonly string[], onFirst: (feed: string) => void = () => {}) {
    this.#onFirst = onFirst;
    for (const feed of shown) this.begin(feed);
  }

  add(feed: string, outcome: Outcome): void {
    const counts = this.#of(feed);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    // Whoever cannot sign adds the outcomes of his own requests to the page, and no line more.
    if (GENUINE.has(outcome)) this.begin(feed);
  }

  /** Tells of the feed from here on: of every outcome that there could be, beginning at 0. */
  begin(feed: string): void {
    if (this.#shown.has(feed)) return;
    this.#shown.add(feed);
    const counts = this.#of(feed);
    for (const outcome of OUTCOMES) if (!counts.has(outcome)) counts.set(outcome, 0);
    this.#onFirst(feed);
  }

  #of(feed: string): Map<Outcome, number> {
    let counts = this.#counts.get(feed);
    if (!counts) this.#counts.set(feed, (counts = new Map()));
    return counts;
  }

  *read(): Iterable<readonly [count: number, feed: string, outcome: Outcome]> {
    for (const [feed, counts] of this.#counts) {
      for (const [outcome, count] of counts) yield [count, feed, outcome];
    }
  }
}
