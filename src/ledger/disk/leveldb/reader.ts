/** Reads LevelDB's variable-length integers and byte strings. Throws a `RangeError` at the end of the bytes. */
export class Reader {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      if (factor > 2 ** 49) throw new RangeError('not a varint');
    }
  }

  /** A byte string with its length before it. */
  bytes(): Buffer {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.#bytes.length) throw new RangeError('a byte string without its end');
    const bytes = this.#bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }
}
