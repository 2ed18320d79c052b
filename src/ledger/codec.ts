import { crc32 } from 'node:zlib';
import { isHistogram, type Total } from '../../instrumentation/totals.ts';
import type { LedgerRecord } from './record.ts';

/** The version of everything in this file. A ledger of another version is refused by name, never guessed at. */
export const FORMAT = '1';

/**
 * Keys on disk, by kind:
 *   `m:<name>`              what the ledger knows of itself
 *   `r:<key>`               a record: version, seen, first and last time, CRC-32 of the key and all before it
 *   `t:<series id>`         a total, as JSON
 *   `x:<time>:<sequence>`   the keys that one batch touched, for expiry in the order of age
 */
export const PREFIX = { meta: 'm:', record: 'r:', total: 't:', index: 'x:' } as const;

/** The end of the range of keys that begin with a prefix. */
export const endOf = (prefix: string): string => `${prefix.slice(0, -1)};`;

export class CorruptRecord extends Error {}

const RECORD_SIZE = 21;
const RECORD_VERSION = 1;
const TWO_32 = 2 ** 32;

/** A record as bytes. LevelDB does not check what it reads, so the record carries a checksum that covers its key. */
export function encodeRecord(key: string, record: LedgerRecord): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_SIZE);
  bytes[0] = RECORD_VERSION;
  bytes.writeUInt32LE(record.seen >>> 0, 1);
  writeTime(bytes, record.firstAtMs, 5);
  writeTime(bytes, record.lastAtMs, 11);
  bytes.writeUInt32LE(checksum(key, bytes), 17);
  return bytes;
}

/** Throws `CorruptRecord` where the bytes are not what was written under the key. */
export function decodeRecord(key: string, bytes: Buffer): LedgerRecord {
  if (bytes.length !== RECORD_SIZE || bytes[0] !== RECORD_VERSION || bytes.readUInt32LE(17) !== checksum(key, bytes)) {
    throw new CorruptRecord('a record is not what was written');
  }
  return { seen: bytes.readUInt32LE(1), firstAtMs: readTime(bytes, 5), lastAtMs: readTime(bytes, 11) };
}

const checksum = (key: string, bytes: Buffer): number => crc32(bytes.subarray(0, 17), crc32(key));

function writeTime(bytes: Buffer, ms: number, at: number): void {
  const high = Math.floor(ms / TWO_32);
  bytes.writeUInt32LE(ms - high * TWO_32, at);
  bytes.writeUInt16LE(high, at + 4);
}

const readTime = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * TWO_32;

export const encodeTotal = (total: Total): Buffer =>
  Buffer.from(isHistogram(total) ? JSON.stringify(total) : String(total.sum), 'latin1');

export function decodeTotal(bytes: Buffer): Total {
  const value: unknown = JSON.parse(bytes.toString('latin1'));
  return typeof value === 'number' ? { sum: value } : (value as Total);
}

/** Sorts by time, then by the order of the batches. */
export const indexKey = (atMs: number, sequence: number): string =>
  `${PREFIX.index}${hex(atMs, 12)}:${hex(sequence, 12)}`;

export const indexTime = (key: string): number => Number.parseInt(key.slice(2, 14), 16);

const hex = (value: number, digits: number): string => Math.max(0, value).toString(16).padStart(digits, '0');

/** Keys are printable and hold no white space, so a line is a key. */
export const encodeKeys = (keys: readonly string[]): Buffer => Buffer.from(keys.join('\n'), 'latin1');
export const decodeKeys = (bytes: Buffer): string[] => bytes.toString('latin1').split('\n');
