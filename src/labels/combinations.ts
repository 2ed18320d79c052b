import { type Requested, type RequestedLabel, requestedOf } from '../../instrumentation/requested.ts';

type Branch = Map<string, Branch | Requested>;

const MOST = 20_000;

/**
 * The labels by their values. Most messages share theirs with many others, so each combination is made once and found by
 * its values: putting them into one text for each callback would cost more than reading them.
 */
export class Combinations {
  readonly #labels: readonly RequestedLabel[];
  #root: Branch = new Map();
  #kept = 0;

  constructor(labels: readonly RequestedLabel[]) {
    this.#labels = labels;
  }

  /** `values` stand in the order of the labels. */
  of(values: readonly string[]): Requested {
    let branch = this.#root;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      let next = branch.get(values[i]!) as Branch | undefined;
      if (!next) branch.set(values[i]!, (next = new Map()));
      branch = next;
    }
    return (branch.get(values[last]!) as Requested | undefined) ?? this.#keep(branch, values);
  }

  #keep(branch: Branch, values: readonly string[]): Requested {
    const made = requestedOf(Object.fromEntries(this.#labels.map((label, i) => [label, values[i]])));
    if (++this.#kept > MOST) {
      this.#root = new Map();
      this.#kept = 0;
    }
    branch.set(values.at(-1)!, made);
    return made;
  }
}
