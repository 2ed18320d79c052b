import { createHash } from 'node:crypto';

/**
 * What the first byte of a record's key means. A text with 32 hex digits behind it takes 16 bytes; what is no SID, such as
 * the id of an event, is hashed.
 *
 * The list is on disk by position: append to it, never insert, drop or reorder. A family that is not in it has keys of the
 * kind 0, whose family cannot be told any more.
 */
const KINDS = [
  '',
  'message:',
  'message:SM',
  'message:MM',
  'call:',
  'call:CA',
  'inbound:',
  'inbound:SM',
  'inbound:MM',
  'event:',
  'verification:',
  'verify-message:',
  'webhook:',
  'debugger:',
  'debugger:NO',
  'recording:',
  'transcription:',
  'conference:',
  'amd:',
  'amd:CA',
  'stream:',
  'siprec:',
  'taskrouter:',
  'bundle:',
] as const;

const CODES: ReadonlyMap<string, string> = new Map(KINDS.map((kind, code) => [kind, String.fromCharCode(code)]));
const HEX_DIGITS = 32;
const HEX = /^[0-9a-f]{32}$/;
const HASH_BYTES = 16;

/** A record's key as bytes, one for each character: short, because it is compared and kept millions of times. */
export type ShortKey = string;

/** The short form of a key such as `message:SM...`. Two keys have one form only if SHA-256 has a collision in 128 bits. */
export function shortKey(key: string): ShortKey {
  const kind = CODES.get(key.slice(0, -HEX_DIGITS));
  const digits = key.slice(-HEX_DIGITS);
  if (kind !== undefined && kind !== '\0' && HEX.test(digits)) {
    return kind + Buffer.from(digits, 'hex').toString('latin1');
  }
  const family = CODES.get(key.slice(0, key.indexOf(':') + 1)) ?? '\0';
  return family + createHash('sha256').update(key).digest().toString('latin1', 0, HASH_BYTES);
}

/** The name of the family that a short key belongs to; empty where it cannot be told. */
export function familyOf(key: ShortKey): string {
  return KINDS[key.charCodeAt(0)]?.split(':')[0] ?? '';
}
