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
  const segments = text.split('&');
  if (segments.length > limits.max_parameters) throw reject('too_many_parameters');
  const pairs: (readonly [string, string])[] = [];
  for (const segment of segments) {
    if (segment === '') continue;
    const equals = segment.indexOf('=');
    const name = decode(equals === -1 ? segment : segment.slice(0, equals));
    const value = equals === -1 ? '' : decode(segment.slice(equals + 1));
    if (longer(name, limits.max_parameter_name_size) || longer(value, limits.max_parameter_value_size)) {
      throw reject('parameter_too_long');
    }
    pairs.push([name, value]);
  }
  return pairs;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw reject('malformed_form');
  }
}

/** True when the text has more UTF-8 bytes than `max`; counts them only where the length leaves it open. */
function longer(text: string, max: number): boolean {
  if (text.length > max) return true;
  return text.length * 3 > max && Buffer.byteLength(text) > max;
}
