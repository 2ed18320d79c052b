const FEW = 1_024;

/**
 * A map that knows which entry was set longest ago, at the same cost however many went before it: a fresh iterator of a
 * `Map` would pass every place that a deletion left.
 */
export class AgeMap<V> {
  // It iterates in the order of insertion, and what is set again moves to the end.
  readonly #entries = new Map<string, V>();
  /** Goes through the entries once, from the oldest on. */
  #iterator = this.#entries.entries();
  #oldest: readonly [key: string, value: V] | undefined;
  /** How many were set since the iterator moved. */
  #sets = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.delete(key);
    this.add(key, value);
  }

  /** The same of a key that is not there. */
  add(key: string, value: V): void {
    this.#entries.set(key, value);
    // An iterator that stands keeps alive all that the map has let go since.
    if (++this.#sets > Math.max(FEW, this.size / 2)) this.#rewind();
  }

  delete(key: string): void {
    this.#entries.delete(key);
    if (this.#oldest?.[0] === key) this.#oldest = undefined;
  }

  get oldest(): readonly [key: string, value: V] | undefined {
    if (this.#oldest) return this.#oldest;
    const { value, done } = this.#iterator.next();
    this.#sets = 0;
    // Once at the end it sees nothing that comes later.
    if (done) this.#rewind();
    else this.#oldest = value;
    return this.#oldest;
  }

  #rewind(): void {
    this.#iterator = this.#entries.entries();
    this.#oldest = undefined;
    this.#sets = 0;
  }
}
