import { crc32 } from 'node:zlib';
import { isHistogram, type Total } from '../../../instrumentation/totals.ts';
import type { ShortKey } from '../keys.ts';
import { KeyFilter } from './generations/filter.ts';

/** The version of everything in this file. A ledger of another version is upgraded or refused by name, never guessed at. */
export const FORMAT = '3';

/** What stands in its place while a ledger is brought to this version: no other one may open it half way. */
export const UPGRADING = 'to 3';

/**
 * Keys on disk, by kind. They are bytes: in the code a character for each.
 *   `f:<generation>`         the filter of a generation that takes no more records
 *   `k<generation><key>`     a record; the generation in four bytes, the key as `keys.ts` makes it
 *   `m:<name>`               what the ledger knows of itself
 *   `o:<book>:<minute>`      how many are open of those that began in that minute, by phase
 *   `t:<series id>`          a total, as JSON
 *
 * LevelDB does not check what it reads, so every value ends with a CRC-32 of its key and all before it.
 */
export const PREFIX = { filter: 'f:', record: 'k', meta: 'm:', open: 'o:', total: 't:' } as const;

export const META = {
  format: `${PREFIX.meta}format`,
  instance: `${PREFIX.meta}instance`,
  start: `${PREFIX.meta}start`,
  counts: `${PREFIX.meta}counts`,
  generations: `${PREFIX.meta}generations`,
  /** Up to which minute each open book is closed. */
  closed: `${PREFIX.meta}closed`,
} as const;

const GENERATION_BYTES = 4;

/** How the stored keys of a generation's records begin; in the order of the generations. */
export function recordPrefix(generation: number): string {
  const bytes = Buffer.allocUnsafe(GENERATION_BYTES);
  bytes.writeUInt32BE(generation);
  return PREFIX.record + bytes.toString('latin1');
}

/** The key of the record that lies under a stored key, `undefined` when that is no record. */
export const keyOfRecord = (storedKey: string): ShortKey | undefined =>
  storedKey.startsWith(PREFIX.record) ? storedKey.slice(PREFIX.record.length + GENERATION_BYTES) : undefined;

/** The key of a total. The name of a series may hold any character; the key holds its bytes in UTF-8. */
export const totalKey = (id: string): string => PREFIX.total + Buffer.from(id).toString('latin1');

export const idOfTotal = (storedKey: string): string =>
  Buffer.from(storedKey.slice(PREFIX.total.length), 'latin1').toString();

export const filterKey = (generation: number): string => PREFIX.filter + hex(generation);

const HEX_DIGITS = 8;
const hex = (generation: number): string => generation.toString(16).padStart(HEX_DIGITS, '0');

/** The end of the range of keys that begin with a prefix: the first text behind them all. */
export function endOf(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  const before = prefix.slice(0, -1);
  return last === 0xff ? endOf(before) : before + String.fromCharCode(last + 1);
}

/** What is stored under a key is not what was written. */
export class CorruptValue extends Error {
  readonly code = 'LEDGER_CORRUPT';
}

export const CRC_SIZE = 4;

const checksum = (storedKey: string, content: Buffer): number =>
  crc32(content, crc32(Buffer.from(storedKey, 'latin1')));

/** Fills in the checksum at the end of the bytes. */
export function seal(storedKey: string, bytes: Buffer): Buffer {
  const end = bytes.length - CRC_SIZE;
  bytes.writeUInt32LE(checksum(storedKey, bytes.subarray(0, end)), end);
  return bytes;
}

/** The bytes without their checksum. Throws `CorruptValue` where it does not hold. */
export function unseal(storedKey: string, bytes: Buffer): Buffer {
  const end = bytes.length - CRC_SIZE;
  if (end < 0) throw new CorruptValue('a value is too short');
  const content = bytes.subarray(0, end);
  if (bytes.readUInt32LE(end) !== checksum(storedKey, content)) throw new CorruptValue('a checksum does not hold');
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

export const encodeTotal = (storedKey: string, total: Total): Buffer =>
  encodeText(storedKey, isHistogram(total) ? JSON.stringify(total) : String(total.sum));

export function decodeTotal(storedKey: string, bytes: Buffer): Total {
  const value: unknown = JSON.parse(decodeText(storedKey, bytes));
  return typeof value === 'number' ? { sum: value } : (value as Total);
}
