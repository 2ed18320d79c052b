import { hash } from 'node:crypto';

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
  'pay:',
  'video:',
  'conversations:',
  'sync:',
  'usage-trigger:',
  'email:',
  'reconciliation:',
  'intelligence:',
  'intelligence:GT',
] as const;

const CODES: ReadonlyMap<string, string> = new Map(KINDS.map((kind, code) => [kind, String.fromCharCode(code)]));
/** The kinds with their codes, by their length: a key is held against these few, and no part of it is cut out. */
const BY_LENGTH: (readonly [kind: string, code: number])[][] = [];
for (const [code, kind] of KINDS.entries()) if (code > 0) (BY_LENGTH[kind.length] ??= []).push([kind, code]);
const FAMILIES: readonly string[] = KINDS.map((kind) => kind.split(':')[0] ?? '');
const HEX_DIGITS = 32;
const HASH_BYTES = 16;
/** The value of each small hex digit by its character code; -1 for any other character. */
const DIGIT = Int8Array.from({ length: 256 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));
const scratch = new Array<number>(1 + HASH_BYTES).fill(0);

/** A record's key as bytes, one for each character: short, because it is compared and kept millions of times. */
export type ShortKey = string;

/** The short form of a key such as `message:SM...`. Two keys have one form only if SHA-256 has a collision in 128 bits. */
export function shortKey(key: string): ShortKey {
  const short = ofSid(key);
  if (short !== undefined) return short;
  const family = CODES.get(key.slice(0, key.indexOf(':') + 1)) ?? '\0';
  return family + hash('sha256', key, 'binary').slice(0, HASH_BYTES);
}

/** The kind, then the bytes that the hex digits behind it stand for; `undefined` where it is no known kind of SID. */
function ofSid(key: string): ShortKey | undefined {
  const from = key.length - HEX_DIGITS;
  const kinds = BY_LENGTH[from];
  if (!kinds) return undefined;
  for (const [kind, code] of kinds) if (key.startsWith(kind)) return bytesOf(code, key, from);
  return undefined;
}

function bytesOf(kind: number, text: string, from: number): string | undefined {
  let bad = 0;
  scratch[0] = kind;
  for (let i = 0; i < HASH_BYTES; i++) {
    const high = DIGIT[text.charCodeAt(from + 2 * i)] ?? -1;
    const low = DIGIT[text.charCodeAt(from + 2 * i + 1)] ?? -1;
    bad |= high | low;
    scratch[1 + i] = high * 16 + low;
  }
  return bad < 0 ? undefined : String.fromCharCode(...scratch);
}

/** The name of the family that a short key belongs to; empty where it cannot be told. */
export function familyOf(key: ShortKey): string {
  return FAMILIES[key.charCodeAt(0)] ?? '';
}
