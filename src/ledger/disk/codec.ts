import { crc32 } from 'node:zlib';
import { isHistogram, type Total } from '../../../instrumentation/totals.ts';
import type { LedgerRecord } from '../record.ts';
import { KeyFilter } from './generations/filter.ts';

/** The version of everything in this file. A ledger of another version is upgraded or refused by name, never guessed at. */
export const FORMAT = '2';

/**
 * Keys on disk, by kind:
 *   `f:<generation>`         the filter of a generation that takes no more records
 *   `g:<generation>:<key>`   a record: version, seen, first and last time
 *   `m:<name>`               what the ledger knows of itself
 *   `r:<key>`                a record that format 1 wrote: generation 0
 *   `t:<series id>`          a total, as JSON
 *
 * LevelDB does not check what it reads, so every value ends with a CRC-32 of its key and all before it.
 */
export const PREFIX = { filter: 'f:', record: 'g:', meta: 'm:', legacyRecord: 'r:', total: 't:' } as const;

export const META = {
  format: `${PREFIX.meta}format`,
  instance: `${PREFIX.meta}instance`,
  start: `${PREFIX.meta}start`,
  counts: `${PREFIX.meta}counts`,
  generations: `${PREFIX.meta}generations`,
} as const;

/** The number of the generation that holds what format 1 wrote. */
export const LEGACY = 0;

/** How the stored keys of a generation's records begin. */
export const recordPrefix = (generation: number): string =>
  generation === LEGACY ? PREFIX.legacyRecord : `${PREFIX.record}${hex(generation)}:`;

/** The key of the record that lies under a stored key, `undefined` when that is no record. */
export function keyOfRecord(storedKey: string): string | undefined {
  if (storedKey.startsWith(PREFIX.record)) return storedKey.slice(PREFIX.record.length + HEX_DIGITS + 1);
  return storedKey.startsWith(PREFIX.legacyRecord) ? storedKey.slice(PREFIX.legacyRecord.length) : undefined;
}

export const filterKey = (generation: number): string => PREFIX.filter + hex(generation);

const HEX_DIGITS = 8;
const hex = (generation: number): string => generation.toString(16).padStart(HEX_DIGITS, '0');

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

export const encodeFilter = (storedKey: string, filter: KeyFilter): Buffer =>
  seal(storedKey, Buffer.concat([filter.encode(), Buffer.alloc(CRC_SIZE)]));

export const decodeFilter = (storedKey: string, bytes: Buffer): KeyFilter => KeyFilter.decode(unseal(storedKey, bytes));

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
