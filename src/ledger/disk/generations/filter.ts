const BITS_PER_KEY = 16;
const PROBES = 8;
/** All bits of a key lie in one block, which is one line of the processor's cache. */
const BLOCK_WORDS = 16;
const BLOCK_BITS = BLOCK_WORDS * 32;
/** 128 KiB: with more parts more keys are looked up that are not there, and each such look-up costs a batch a read. */
const LEAST_KEYS = 65_536;

/** A key as the filters see it: which block, and which bits of it. */
export interface KeyHash {
  readonly block: number;
  readonly bits: number;
}

/** Two hashes of a text, each mixed until every bit of it counts. They are on disk: another hash is another format. */
export function hashKey(key: string): KeyHash {
  let block = 0x9e3779b9;
  let bits = 0x85ebca6b;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    block = Math.imul(block ^ code, 0x5bd1e995);
    bits = Math.imul(bits ^ code, 0x1b873593);
    block ^= block >>> 15;
    bits ^= bits >>> 13;
  }
  return { block: mixed(block), bits: mixed(bits) };
}

/** The last step of MurmurHash3. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A Bloom filter that grows: it may hold a key that was never added (about one in five hundred), and holds every key
 * that was. Two bytes a key.
 */
export class KeyFilter {
  /** Keys that were added. */
  size = 0;
  readonly #parts: Uint32Array[] = [];
  #room = 0;

  /** `expected` keys fit before it grows by a second part. */
  constructor(expected = 0) {
    this.#grow(expected);
  }

  add(hash: KeyHash): void {
    if (this.#room === 0) this.#grow(this.size);
    this.#room--;
    this.size++;
    const words = this.#parts.at(-1)!;
    const start = startOf(words, hash);
    for (let i = 0, bit = firstBit(hash); i < PROBES; i++, bit += stepOf(hash)) {
      words[start + wordOf(bit)]! |= 1 << (bit & 31);
    }
  }

  /** False when the key was certainly never added. */
  mayHold(hash: KeyHash): boolean {
    return this.#parts.some((words) => {
      const start = startOf(words, hash);
      for (let i = 0, bit = firstBit(hash); i < PROBES; i++, bit += stepOf(hash)) {
        if ((words[start + wordOf(bit)]! & (1 << (bit & 31))) === 0) return false;
      }
      return true;
    });
  }

  #grow(keys: number): void {
    const room = Math.max(LEAST_KEYS, keys);
    this.#parts.push(new Uint32Array(Math.ceil((room * BITS_PER_KEY) / BLOCK_BITS) * BLOCK_WORDS));
    this.#room = room;
  }

  /** The keys' number, then each part: its length in words, and the words in the machine's order (little-endian). */
  encode(): Buffer {
    const words = this.#parts.reduce((sum, part) => sum + 1 + part.length, 1);
    const bytes = Buffer.allocUnsafe(words * 4);
    let at = bytes.writeUInt32LE(this.size);
    for (const part of this.#parts) {
      at = bytes.writeUInt32LE(part.length, at);
      bytes.set(asBytes(part), at);
      at += part.byteLength;
    }
    return bytes;
  }

  /** A filter that `encode` wrote. Throws a `RangeError` for other bytes. */
  static decode(bytes: Buffer): KeyFilter {
    const filter = new KeyFilter();
    filter.#parts.length = 0;
    filter.#room = 0;
    filter.size = bytes.readUInt32LE(0);
    for (let at = 4; at < bytes.length; ) {
      const length = bytes.readUInt32LE(at) * 4;
      at += 4;
      if (at + length > bytes.length) throw new RangeError('a filter without its end');
      const part = new Uint32Array(length / 4);
      asBytes(part).set(bytes.subarray(at, at + length));
      filter.#parts.push(part);
      at += length;
    }
    return filter;
  }
}

const asBytes = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer);
const startOf = (words: Uint32Array, { block }: KeyHash): number =>
  (block % (words.length / BLOCK_WORDS)) * BLOCK_WORDS;
const firstBit = ({ bits }: KeyHash): number => bits & (BLOCK_BITS - 1);
const wordOf = (bit: number): number => (bit >>> 5) & (BLOCK_WORDS - 1);
// Odd, so that the steps of one key visit different bits.
const stepOf = ({ bits }: KeyHash): number => ((bits >>> 9) & (BLOCK_BITS - 1)) | 1;
