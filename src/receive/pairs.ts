import type { TwilioConfig } from '../config/schema.ts';
import type { Pairs } from '../families/form.ts';
import { reject } from '../rejection.ts';

export type PairLimits = Pick<TwilioConfig, 'max_parameters' | 'max_parameter_name_size' | 'max_parameter_value_size'>;

/**
 * Splits an `application/x-www-form-urlencoded` text once, flat, in order. Names with dots or brackets mean nothing:
 * Twilio signs names and values as text, and what is verified must be what is used.
 */
export function parsePairs(text: string, limits: PairLimits): Pairs {
  if (text === '') return [];
  const pairs: (readonly [string, string])[] = [];
  let segments = 0;
  for (let start = 0, end = 0; end < text.length; start = end + 1) {
    const ampersand = text.indexOf('&', start);
    end = ampersand === -1 ? text.length : ampersand;
    if (++segments > limits.max_parameters) throw reject('too_many_parameters');
    if (end === start) continue;
    const equals = text.indexOf('=', start);
    const bare = equals === -1 || equals > end;
    const name = decode(text.slice(start, bare ? end : equals));
    const value = bare ? '' : decode(text.slice(equals + 1, end));
    if (longer(name, limits.max_parameter_name_size) || longer(value, limits.max_parameter_value_size)) {
      throw reject('parameter_too_long');
    }
    pairs.push([name, value]);
  }
  return pairs;
}

/** The value of a hex digit by its character code, -1 for any other of the first 128. */
const HEX = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** The byte that an escape at that place stands for; -1 where it is none or no ASCII character. */
function asciiAt(text: string, at: number): number {
  const high = text.charCodeAt(at + 1);
  const low = text.charCodeAt(at + 2);
  // Past the end of the text the codes are NaN.
  if (!(high < 128 && low < 128)) return -1;
  const byte = (HEX[high]! << 4) | HEX[low]!;
  return byte < 128 ? byte : -1;
}

/** What `decodeURIComponent` does, which costs more than all the rest of parsing: nearly every escape is ASCII. */
function decode(coded: string): string {
  const text = coded.includes('+') ? coded.replaceAll('+', ' ') : coded;
  let at = text.indexOf('%');
  if (at === -1) return text;
  let decoded = '';
  let from = 0;
  for (; at !== -1; at = text.indexOf('%', from)) {
    const byte = asciiAt(text, at);
    if (byte < 0) return decodeAny(text);
    decoded += text.slice(from, at) + String.fromCharCode(byte);
    from = at + 3;
  }
  return decoded + text.slice(from);
}

function decodeAny(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw reject('malformed_form');
  }
}

/** True when the text has more UTF-8 bytes than `max`; counts them only where the length leaves it open. */
function longer(text: string, max: number): boolean {
  if (text.length > max) return true;
  return text.length * 3 > max && Buffer.byteLength(text) > max;
}
