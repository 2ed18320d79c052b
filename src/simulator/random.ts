import { hash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed, on every machine. */
export class Random {
  #state: number;
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
    this.#state = hash('sha256', seed, 'buffer').readUInt32LE(0);
  }

  /** Another stream: what is drawn from it moves nothing that is drawn from this one. */
  fork(name: string | number): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** At least 0 and less than 1. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (mulberry32, public domain) */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from the first to the second, both included. */
  between([least, most]: Range): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of some values, each as often as its weight says. */
  pick<T>(weighted: Weighted<T>): T {
    const sum = weighted.reduce((all, [, weight]) => all + weight, 0);
    let left = this.next() * sum;
    for (const [value, weight] of weighted) {
      left -= weight;
      if (left < 0) return value;
    }
    return weighted[weighted.length - 1]![0];
  }
}

export type Range = readonly [least: number, most: number];
export type Weighted<T> = readonly (readonly [value: T, weight: number])[];
