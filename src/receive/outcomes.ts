import type { LabelsOf } from '../../instrumentation/metrics.ts';
import { OUTCOMES, type Outcome } from '../rejection.ts';

/**
 * Counts the one outcome of each request that reached a family. The hot path adds to a plain number; the observable
 * counter reads it at collection.
 */
export class Outcomes {
  readonly #counts = new Map<string, Map<Outcome, number>>();

  constructor(families: readonly string[]) {
    for (const family of families) this.#counts.set(family, new Map(OUTCOMES.map((outcome) => [outcome, 0])));
  }

  add(family: string, outcome: Outcome): void {
    const counts = this.#counts.get(family);
    counts?.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  *read(): Iterable<readonly [number, LabelsOf<'callbacks'>]> {
    for (const [family, counts] of this.#counts) {
      for (const [outcome, count] of counts) yield [count, { family, outcome }];
    }
  }
}
