import { hash, timingSafeEqual } from 'node:crypto';
import type { Parameters } from '../feeds/reading/parameters.ts';

const BLOCK = 64;

/** SHA-1 for auth tokens, SHA-256 for shared keys. A key has one algorithm, whatever a request asks for. */
type Algorithm = 'sha1' | 'sha256';
const DIGEST = { sha1: 20, sha256: 32 } as const;
/** Characters of a signature in base64. */
const SIGNATURE = { sha1: 28, sha256: 44 } as const;

/** The two blocks that HMAC makes of a key, the second with room for the inner hash. RFC 2104 */
export interface SigningKey {
  readonly algorithm: Algorithm;
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** A key made once per secret. Behind an empty one anybody could sign. */
export function signingKey(secret: string, algorithm: Algorithm = 'sha1'): SigningKey {
  if (secret === '') throw new Error('a signature cannot be verified with an empty secret');
  const bytes = Buffer.from(secret, 'utf8');
  const key = bytes.length > BLOCK ? hash(algorithm, bytes, 'buffer') : bytes;
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST[algorithm], 0x5c);
  key.forEach((byte, i) => {
    inner[i] = 0x36 ^ byte;
    outer[i] = 0x5c ^ byte;
  });
  return { algorithm, inner, outer };
}

/** Room for the first block of the hash and any URL: its parts come from a head of 64 KiB at most, twice as UTF-8. */
const BEFORE = 160 * 1_024;
const AFTER = 256 * 1_024;
/** Where the text that is being hashed lies. */
const shared = Buffer.allocUnsafe(BEFORE + AFTER);
let latest: SignedText | undefined;

const ASCII = 0x7f;
const buffers = () => ({ sha1: Buffer.alloc(SIGNATURE.sha1), sha256: Buffer.alloc(SIGNATURE.sha256) });
const expected = buffers();
const received = buffers();

/** As much of a value as shows what it looks like; a SID is the longest. */
const LOOKED_AT = 40;
const KEPT_BEHIND = 128;
/** How the value of a code or a time begins. */
const CODE_OR_TIME = /^(?:[A-Z][a-z]{2}, )?\d/;

/**
 * What Twilio signs of one request, laid out once to be tried behind several URLs and with several keys: the query, then
 * each name and value, sorted by name, without separators; of a repeated name the distinct values, sorted.
 * https://www.twilio.com/docs/usage/security#validating-requests
 *
 * All have their bytes in one place, so one may be used until the next one is made.
 */
export class SignedText {
  readonly #bytes: Buffer;
  /** Where the query begins, which is where a URL without it ends. */
  readonly #start: number;
  readonly #end: number;

  /** `query` with its question mark. Of a GET there are no `parameters`: they are in the query. */
  constructor(query: string, parameters?: Parameters) {
    const size = parameters?.bytes.length ?? 0;
    this.#bytes = size <= AFTER ? shared : Buffer.allocUnsafe(BEFORE + size);
    this.#start = writeBefore(BEFORE, query, this.#bytes);
    this.#end = parameters ? writeSorted(parameters, this.#bytes, BEFORE) : BEFORE;
    latest = this;
  }

  /** The signature behind a URL without its query, in base64. */
  sign({ algorithm, inner, outer }: SigningKey, url: string): string {
    if (latest !== this) throw new Error('another text was laid out since');
    const bytes = this.#bytes;
    const start = writeBefore(this.#start, url, bytes) - BLOCK;
    bytes.set(inner, start);
    // Two one-shot hashes, because setting up an HMAC object costs more than all the hashing.
    const digest = hash(algorithm, bytes.subarray(start, this.#end), 'binary');
    writeText(outer, BLOCK, digest);
    return hash(algorithm, outer, 'base64');
  }

  /** True when the signature is the right one; takes the same time wherever it differs. */
  isSignedBy(key: SigningKey, url: string, signature: string): boolean {
    const { algorithm } = key;
    if (signature.length !== SIGNATURE[algorithm]) return false;
    writeText(expected[algorithm], 0, this.sign(key, url));
    writeText(received[algorithm], 0, signature);
    return timingSafeEqual(expected[algorithm], received[algorithm]);
  }

  /**
   * True when a code or a time was signed under that name, whatever the parameters say. There are no separators, so
   * whoever has a genuine callback can move a boundary until the parameter is part of another one.
   */
  holds(name: string, value = CODE_OR_TIME): boolean {
    const text = this.#text();
    for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
      const start = at + name.length;
      if (value.test(text.slice(start, start + LOOKED_AT))) return true;
    }
    return false;
  }

  /** The bytes behind the first such name, up to a length that no boundary decides; nothing where it is not there. */
  behind(name: string): string | undefined {
    const text = this.#text();
    const at = text.indexOf(name);
    return at === -1 ? undefined : text.slice(at + name.length, at + name.length + KEPT_BEHIND);
  }

  #text(): string {
    if (latest !== this) throw new Error('another text was laid out since');
    return this.#bytes.toString('latin1', this.#start, this.#end);
  }
}

/** Writes a text so that it ends there, and returns where it begins. */
function writeBefore(end: number, text: string, into: Buffer): number {
  const start = end - text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > ASCII) return end - into.write(text, end - Buffer.byteLength(text));
    into[start + i] = code;
  }
  return start;
}

/** A short text of single bytes: a call into the runtime would cost more. */
function writeText(bytes: Buffer, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** Writes names and values in the order in which they are signed and returns where they end. */
function writeSorted(parameters: Parameters, into: Buffer, at: number): number {
  const order = sortedByName(parameters);
  let end = at;
  for (let i = 0; i < order.length; i++) {
    const index = order[i]!;
    let same = i + 1;
    while (same < order.length && compareNames(parameters, order[same]!, index) === 0) same++;
    if (same === i + 1) {
      end = copy(parameters.bytes, parameters.start(index), parameters.start(index + 1), into, end);
      continue;
    }
    const values = new Set(order.slice(i, same).map((each) => parameters.value(each)));
    for (const value of [...values].sort()) end += into.write(parameters.name(index) + value, end);
    i = same - 1;
  }
  return end;
}

/** For some thirty bytes a loop takes less time than a call into the runtime. */
function copy(from: Buffer, start: number, end: number, into: Buffer, at: number): number {
  const shift = at - start;
  for (let i = start; i < end; i++) into[i + shift] = from[i]!;
  return end + shift;
}

const FEW = 32;
/** The last order for so many parameters: the next request is likely to be of the same kind, and sorted by it. */
const orders: number[][] = [];

/** The parameters' indexes by name. Few are sorted by insertion, which costs next to nothing where the order holds. */
function sortedByName(parameters: Parameters): readonly number[] {
  const { count } = parameters;
  if (count > FEW) return Array.from({ length: count }, (_, i) => i).sort((a, b) => compareNames(parameters, a, b));
  orders[count] ??= Array.from({ length: count }, (_, i) => i);
  const order = orders[count];
  for (let i = 1; i < count; i++) {
    const index = order[i]!;
    let at = i;
    for (; at > 0 && compareNames(parameters, order[at - 1]!, index) > 0; at--) order[at] = order[at - 1]!;
    order[at] = index;
  }
  return order;
}

/** Bytes from here on begin a character that UTF-16 may put elsewhere than UTF-8. */
const HIGH = 0xee;
const SUPPLEMENTARY = 0xf0;

/** The order of the names as UTF-16, which is the one of Twilio's own library. */
function compareNames(parameters: Parameters, a: number, b: number): number {
  const { bytes } = parameters;
  const aEnd = parameters.middle(a);
  const bEnd = parameters.middle(b);
  let i = parameters.start(a);
  let j = parameters.start(b);
  for (; i < aEnd && j < bEnd; i++, j++) {
    const x = bytes[i]!;
    const y = bytes[j]!;
    if (x === y) continue;
    // What UTF-16 writes as a surrogate pair comes before U+E000 to U+FFFF there.
    const turned = x >= HIGH && y >= HIGH && x >= SUPPLEMENTARY !== y >= SUPPLEMENTARY;
    return turned ? y - x : x - y;
  }
  return aEnd - i - (bEnd - j);
}
