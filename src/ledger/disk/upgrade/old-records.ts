import type { LedgerRecord } from '../../record.ts';
import { CorruptValue, endOf, unseal } from '../codec.ts';

/** Formats 1 and 2 kept records under texts: `r:<key>`, and since format 2 `g:<generation in 8 hex digits>:<key>`. */
const FIRST = 'r:';
const GENERATION = 'g:';
const HEX_DIGITS = 8;

/** Format 1 had an index by age: the time, in twelve hexadecimal digits, stood behind the prefix. */
export const INDEX = 'x:';
export const indexTime = (storedKey: string): number => Number.parseInt(storedKey.slice(2, 14), 16);

export const rangeOf = (prefix: string): { gt: string; lt: string } => ({ gt: prefix, lt: endOf(prefix) });

/** Where the records of old formats lie, in the order of their keys. */
export const OLD_RECORDS = [rangeOf(GENERATION), rangeOf(FIRST)];

/** The generation and the key that an old stored key names. What format 1 wrote is of generation 0. */
export function oldKey(storedKey: string): { readonly generation: number; readonly key: string } {
  if (storedKey.startsWith(FIRST)) return { generation: 0, key: storedKey.slice(FIRST.length) };
  const end = GENERATION.length + HEX_DIGITS;
  return { generation: Number.parseInt(storedKey.slice(GENERATION.length, end), 16), key: storedKey.slice(end + 1) };
}

const SIZE = 17;
const VERSION = 1;
const TWO_32 = 2 ** 32;

/**
 * An old record: version, `seen`, and when its first and its last event came, in six bytes each. When it began is the only
 * one of these that a record still has; so it takes part in the open book, and in no duration.
 */
export function decodeOldRecord(storedKey: string, bytes: Buffer): LedgerRecord {
  const content = unseal(storedKey, bytes);
  if (content.length !== SIZE || content[0] !== VERSION) throw new CorruptValue('a record has another form');
  const firstAtMs = content.readUInt32LE(5) + content.readUInt16LE(9) * TWO_32;
  return { seen: content.readUInt32LE(1), times: [firstAtMs] };
}
