/** Names to be looked for all at once. They are ASCII, and at most 255 characters long. */
export class NameSet {
  /** By their length, the first letters of the names, as bits: nearly every other name is told from them by that. */
  readonly letters = new Uint32Array(256);
  readonly byLength: readonly (readonly string[])[];

  constructor(names: readonly string[]) {
    const all = [...new Set(names)];
    for (const name of all) this.letters[name.length]! |= 1 << (name.charCodeAt(0) & 31);
    this.byLength = Array.from(this.letters, (_, length) => all.filter((name) => name.length === length));
  }
}

const NONE: readonly string[] = [];

/**
 * The parameters of one request as they were sent and signed: flat, decoded, in order, never merged.
 *
 * They stay bytes: of some twenty a feed reads four, and the others are only signed.
 */
export class Parameters {
  /** The names and values in UTF-8, one after the other, without separators. */
  readonly bytes: Buffer;
  /** True when each byte is a printable character of ASCII. */
  readonly plain: boolean;
  /** Where the names and the values begin, in turn, and where the last value ends. */
  readonly #bounds: readonly number[];

  constructor(bytes: Buffer, bounds: readonly number[], plain: boolean) {
    this.bytes = bytes;
    this.#bounds = bounds;
    this.plain = plain;
  }

  get count(): number {
    return this.#bounds.length >> 1;
  }

  /** Where a parameter begins among the bytes, which is where the one before it ends. */
  start(index: number): number {
    return this.#bounds[index * 2]!;
  }

  /** Where its name ends and its value begins. */
  middle(index: number): number {
    return this.#bounds[index * 2 + 1]!;
  }

  name(index: number): string {
    return this.#text(this.start(index), this.middle(index));
  }

  value(index: number): string {
    return this.#text(this.middle(index), this.start(index + 1));
  }

  isEmpty(index: number): boolean {
    return this.middle(index) === this.start(index + 1);
  }

  /** The first parameter of that name, which is ASCII, at `from` or behind it; -1 when there is none. */
  find(name: string, from = 0): number {
    for (let index = from; index < this.count; index++) if (this.#isNamed(index, name)) return index;
    return -1;
  }

  /** Those of the names that have a value. */
  shown({ letters, byLength }: NameSet): readonly string[] {
    let shown: string[] | undefined;
    const { bytes, count } = this;
    for (let index = 0; index < count; index++) {
      const start = this.start(index);
      const length = this.middle(index) - start;
      if (length > 255 || ((letters[length]! >>> (bytes[start]! & 31)) & 1) === 0) continue;
      for (const name of byLength[length]!) {
        if (this.#isNamed(index, name) && !this.isEmpty(index)) (shown ??= []).push(name);
      }
    }
    return shown ?? NONE;
  }

  #isNamed(index: number, name: string): boolean {
    const start = this.start(index);
    if (this.middle(index) - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #text(start: number, end: number): string {
    return this.bytes.toString(this.plain ? 'latin1' : 'utf8', start, end);
  }
}
