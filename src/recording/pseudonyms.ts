import { createHmac, hash, randomBytes } from 'node:crypto';
import type { CountryOf } from './countries.ts';

/** The account that a parameter or a member names. */
const ACCOUNT_NAME = /^account_?(?:sid|id)$/i;
const LONGEST = 4_096;

const SID = /^([A-Z]{2})[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^((?:[a-z]+:)?\+?)(\d{3,15})$/;
const ADDRESS = /^(client|sip|sips):/;
const CODE = /^[\da-z]{1,32}$/;

/**
 * Names for values that must not be told: the same value has the same one within a recording, and nobody can find the value
 * by it, because the key is forgotten. A name says of what shape the value was, so that one of that shape can be made again.
 */
export class Pseudonyms {
  readonly #key = randomBytes(32);
  readonly #countryOf: CountryOf;

  constructor(countryOf: CountryOf) {
    this.#countryOf = countryOf;
  }

  of(value: string): string {
    const id = createHmac('sha256', this.#key).update(value).digest('hex').slice(0, 16);
    const [, sid] = SID.exec(value) ?? [];
    if (sid !== undefined) return `<sid ${sid} ${id}>`;
    if (UUID.test(value)) return `<uuid ${id}>`;
    const [, before = '', digits = ''] = NUMBER.exec(value) ?? [];
    if (digits !== '') {
      // The first digits say of which country it is, and that is all they say; several countries may share them.
      const kept = digits.length < 10 ? 0 : 4;
      const country = kept > 0 ? ` ${this.#countryOf(digits)}` : '';
      return `<number ${before}${digits.slice(0, kept)} ${digits.length - kept} ${id}${country}>`;
    }
    const [, scheme] = ADDRESS.exec(value) ?? [];
    if (scheme !== undefined) return `<${scheme} ${id}>`;
    if (/^https?:/.test(value)) return `<url ${id}>`;
    return `<${CODE.test(value) ? 'code' : 'text'} ${Math.min(value.length, LONGEST)} ${id}>`;
  }
}

/** A URL of the agent's own. */
export const OWN_URL = '<own url>';

/** What stands for what belongs to the one who replays. */
export interface Local {
  readonly accountSid: string;
  readonly ownUrl: string;
  readonly countryOf: CountryOf;
}

/** A value of the shape that a pseudonym names; any other text as it is. */
export function made(name: string, text: string, { accountSid, ownUrl, countryOf }: Local): string {
  if (text === OWN_URL) return ownUrl;
  const [, kind, first = '', second = '', third = '', fourth = ''] =
    /^<(\w+)(?: ([^ <>]*))?(?: ([^ <>]*))?(?: ([^ <>]*))?(?: ([^ <>]*))?>$/.exec(text) ?? [];
  switch (kind) {
    case 'sid':
      return first === 'AC' && ACCOUNT_NAME.test(name) ? accountSid : first + hex(second, 32);
    case 'uuid':
      return hex(first, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'number':
      return third ? numberOf(first, Number(second), third, fourth, countryOf) : digits(second, Number(first));
    case 'client':
    case 'sip':
    case 'sips':
      return `${kind}:${hex(first, 12)}${kind === 'client' ? '' : '@example.com'}`;
    case 'url':
      return `https://${hex(first, 12)}.example.com/`;
    // Of a few characters so few can be made that two values might become one.
    case 'code':
      return hex(second, Math.min(32, Math.max(16, Number(first))));
    case 'text':
      return hex(second, Math.max(16, Number(first)));
    default:
      return text;
  }
}

/** So many numbers are tried: of the countries that share a code the smallest have a thousandth of the numbers. */
const TRIED = 20_000;

/** A number that begins so and is of that country; where none is found, one that begins so. */
function numberOf(begins: string, count: number, id: string, country: string, countryOf: CountryOf): string {
  const known = begins.replace(/^.*?(?=\d)/, '');
  for (let part = 0; country !== '' && part < TRIED; part++) {
    const made = digits(id, count, part);
    if (countryOf(known + made) === country) return begins + made;
  }
  return begins + digits(id, count);
}

const digest = (id: string, part: number): string => hash('sha256', `${id} ${part}`);

function hex(id: string, length: number): string {
  let made = '';
  for (let part = 0; made.length < length; part++) made += digest(id, part);
  return made.slice(0, length);
}

const digits = (id: string, count: number, part = 0): string =>
  String(BigInt(`0x${digest(id, part)}`))
    .slice(-count)
    .padStart(count, '0');
