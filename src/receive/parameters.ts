import { isUtf8 } from 'node:buffer';
import type { TwilioConfig } from '../config/schema.ts';
import { Parameters } from '../feeds/reading/parameters.ts';
import { reject } from '../rejection.ts';

export type ParameterLimits = Pick<
  TwilioConfig,
  'max_parameters' | 'max_parameter_name_size' | 'max_parameter_value_size'
>;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const BLANK = 0x20;
const TILDE = 0x7e;

/** 1 for what stands for itself: printable ASCII that neither separates nor escapes. */
const ORDINARY = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= BLANK && byte <= TILDE && ![AMPERSAND, EQUALS, PERCENT, PLUS].includes(byte)),
);

/** The value of a hex digit by its character code, -1 for any other byte. */
const HEX = Int8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/**
 * Splits an `application/x-www-form-urlencoded` text once, flat, in order. Names with dots or brackets mean nothing:
 * Twilio signs names and values as text, and what is verified must be what is used.
 *
 * The parameters take the place of the text in `body`: decoded they are never longer.
 */
export function parseParameters(body: Buffer, limits: ParameterLimits): Parameters {
  const { length } = body;
  const bounds = [0];
  let segments = 1;
  /** Where the name or value begins that is being read, and where its next byte goes. */
  let start = 0;
  let end = 0;
  let inValue = false;
  /** True when a byte of it is no printable ASCII; false when one of any before it was. */
  let odd = false;
  let plain = true;
  let rawIsUtf8 = false;
  for (let at = 0; ; ) {
    while (at < length && ORDINARY[body[at]!] === 1) body[end++] = body[at++]!;
    const last = at === length;
    let byte = last ? AMPERSAND : body[at++]!;
    if (byte === AMPERSAND || (byte === EQUALS && !inValue)) {
      if (odd) {
        if (!isUtf8(body.subarray(start, end))) throw reject('malformed_form');
        plain = odd = false;
      }
      const size = end - start;
      if (size > (inValue ? limits.max_parameter_value_size : limits.max_parameter_name_size)) {
        throw reject('parameter_too_long');
      }
      start = end;
      if (byte === EQUALS) {
        bounds.push(end);
        inValue = true;
        continue;
      }
      if (inValue) bounds.push(end);
      // A name alone has an empty value; nothing at all is no parameter.
      else if (size > 0) bounds.push(end, end);
      inValue = false;
      if (last) return new Parameters(body, bounds, plain);
      if (++segments > limits.max_parameters) throw reject('too_many_parameters');
      continue;
    }
    if (byte === PLUS) byte = BLANK;
    else if (byte === PERCENT) {
      byte = at + 1 < length ? (HEX[body[at]!]! << 4) | HEX[body[at + 1]!]! : -1;
      if (byte < 0) throw reject('malformed_form');
      at += 2;
    } else if (byte > TILDE && !rawIsUtf8) {
      // Once, for all that is still to come: no character may be escaped in part and bare in part.
      if (!isUtf8(body.subarray(at - 1))) throw reject('malformed_form');
      rawIsUtf8 = true;
    }
    if (byte < BLANK || byte > TILDE) odd = true;
    body[end++] = byte;
  }
}
