import { createHmac, hash, randomBytes } from 'node:crypto';

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

  of(value: string): string {
    const id = createHmac('sha256', this.#key).update(value).digest('hex').slice(0, 16);
    const [, sid] = SID.exec(value) ?? [];
    if (sid !== undefined) return `<sid ${sid} ${id}>`;
    if (UUID.test(value)) return `<uuid ${id}>`;
    const [, before = '', digits = ''] = NUMBER.exec(value) ?? [];
    // The first digits say which country it is in, and that is all they say.
    const kept = digits.length < 10 ? 0 : 4;
    if (digits !== '') return `<number ${before}${digits.slice(0, kept)} ${digits.length - kept} ${id}>`;
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
}

/** A value of the shape that a pseudonym names; any other text as it is. */
export function made(name: string, text: string, { accountSid, ownUrl }: Local): string {
  if (text === OWN_URL) return ownUrl;
  const [, kind, first = '', second = '', third = ''] =
    /^<(\w+)(?: ([^ <>]*))?(?: ([^ <>]*))?(?: ([^ <>]*))?>$/.exec(text) ?? [];
  switch (kind) {
    case 'sid':
      return first === 'AC' && ACCOUNT_NAME.test(name) ? accountSid : first + hex(second, 32);
    case 'uuid':
      return hex(first, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'number':
      return first + digits(third || second, Number(third ? second : first));
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

const digest = (id: string, part: number): string => hash('sha256', `${id} ${part}`);

function hex(id: string, length: number): string {
  let made = '';
  for (let part = 0; made.length < length; part++) made += digest(id, part);
  return made.slice(0, length);
}

const digits = (id: string, count: number): string =>
  String(BigInt(`0x${digest(id, 0)}`))
    .slice(-count)
    .padStart(count, '0');
