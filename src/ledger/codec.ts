import { crc32 } from 'node:zlib';
import { isHistogram, type Total } from '../../instrumentation/totals.ts';
import type { LedgerRecord } from './record.ts';

/** The version of everything in this file. A ledger of another version is refused by name, never guessed at. */
export const FORMAT = '1';

/**
 * Keys on disk, by kind:
 *   `m:<name>`              what the ledger knows of itself
 *   `r:<key>`               a record: version, seen, first and last time
 *   `t:<series id>`         a total, as JSON
 *   `x:<time>:<sequence>`   the keys that one batch touched, for expiry in the order of age
 *
 * LevelDB does not check what it reads, so every value ends with a CRC-32 of its key and all before it.
 */
export const PREFIX = { meta: 'm:', record: 'r:', total: 't:', index: 'x:' } as const;

/** The end of the range of keys that begin with a prefix. */
export const endOf = (prefix: string): string => `${prefix.slice(0, -1)};`;

/** What is stored under a key is not what was written. */
export class CorruptValue extends Error {
  readonly code = 'LEDGER_CORRUPT';
}

const CRC_SIZE = 4;

/** Fills in the checksum at the end of the bytes. */
function seal(storedKey: string, bytes: Buffer): Buffer {
  const end = bytes.length - CRC_SIZE;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end), crc32(storedKey)), end);
  return bytes;
}

/** The bytes without their checksum. Throws `CorruptValue` where it does not hold. */
export function unseal(storedKey: string, bytes: Buffer): Buffer {
  const end = bytes.length - CRC_SIZE;
  if (end < 0) throw new CorruptValue('a value is too short');
  const content = bytes.subarray(0, end);
  if (bytes.readUInt32LE(end) !== crc32(content, crc32(storedKey))) throw new CorruptValue('a checksum does not hold');
  return content;
}

/** A text as a value. */
export function encodeText(storedKey: string, text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length + CRC_SIZE);
  bytes.write(text, 'latin1');
  return seal(storedKey, bytes);
}

export const decodeText = (storedKey: string, bytes: Buffer): string => unseal(storedKey, bytes).toString('latin1');

const RECORD_SIZE = 17;
const RECORD_VERSION = 1;
const TWO_32 = 2 ** 32;

export function encodeRecord(storedKey: string, record: LedgerRecord): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_SIZE + CRC_SIZE);
  bytes[0] = RECORD_VERSION;
  bytes.writeUInt32LE(record.seen >>> 0, 1);
  writeTime(bytes, record.firstAtMs, 5);
  writeTime(bytes, record.lastAtMs, 11);
  return seal(storedKey, bytes);
}

export function decodeRecord(storedKey: string, bytes: Buffer): LedgerRecord {
  const content = unseal(storedKey, bytes);
  if (content.length !== RECORD_SIZE || content[0] !== RECORD_VERSION)
    throw new CorruptValue('a record has another form');
  return { seen: content.readUInt32LE(1), firstAtMs: readTime(content, 5), lastAtMs: readTime(content, 11) };
}

function writeTime(bytes: Buffer, ms: number, at: number): void {
  const high = Math.floor(ms / TWO_32);
  bytes.writeUInt32LE(ms - high * TWO_32, at);
  bytes.writeUInt16LE(high, at + 4);
}

const readTime = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * TWO_32;

export const encodeTotal = (storedKey: string, total: Total): Buffer =>
  encodeText(storedKey, isHistogram(total) ? JSON.stringify(total) : String(total.sum));

export function decodeTotal(storedKey: string, bytes: Buffer): Total {
  const value: unknown = JSON.parse(decodeText(storedKey, bytes));
  return typeof value === 'number' ? { sum: value } : (value as Total);
}

/** Sorts by time, then by the order of the batches. */
export const indexKey = (atMs: number, sequence: number): string =>
  `${PREFIX.index}${hex(atMs, 12)}:${hex(sequence, 12)}`;

export const indexTime = (storedKey: string): number => Number.parseInt(storedKey.slice(2, 14), 16);

const hex = (value: number, digits: number): string => Math.max(0, value).toString(16).padStart(digits, '0');

/** Keys are printable and hold no white space, so a line is a key. */
export const encodeKeys = (storedKey: string, keys: readonly string[]): Buffer =>
  encodeText(storedKey, keys.join('\n'));
export const decodeKeys = (storedKey: string, bytes: Buffer): string[] => decodeText(storedKey, bytes).split('\n');
