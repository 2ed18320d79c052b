/** How many intervals a value is shown without being refreshed. */
const INTERVALS = 3;

/** A value that is gone when it was not refreshed within three intervals, instead of standing frozen. */
export class Fresh<T> {
  readonly #longestMs: number;
  readonly #monotonicMs: () => number;
  #value: { readonly value: T; readonly atMs: number } | undefined;

  constructor(intervalMs: number, monotonicMs: () => number) {
    this.#longestMs = INTERVALS * intervalMs;
    this.#monotonicMs = monotonicMs;
  }

  set(value: T): void {
    this.#value = { value, atMs: this.#monotonicMs() };
  }

  get(): T | undefined {
    const kept = this.#value;
    return kept && this.#monotonicMs() - kept.atMs <= this.#longestMs ? kept.value : undefined;
  }
}
