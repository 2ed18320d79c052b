/** What stands before a colon in an address, and the channel that it names. https://www.twilio.com/docs/messaging/channels */
const MESSAGE_PREFIXES: Readonly<Record<string, string>> = {
  whatsapp: 'whatsapp',
  messenger: 'messenger',
  rcs: 'rcs',
};
/** https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource */
const CALL_PREFIXES: Readonly<Record<string, string>> = { sip: 'sip', sips: 'sip', client: 'client' };

const PREFIX = /^([a-z]+):/i;
const PLAIN = /^\+[1-9]\d{6,14}$/;
const E164 = /^\+?([1-9]\d{6,14})$/;
/** Behind a prefix; a form that was not encoded made a space of the plus. */
const PREFIXED = /^[+ ]([1-9]\d{6,14})$/;
const SHORT_CODE = /^\d{3,8}$/;
/** https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id */
const ALPHANUMERIC = /^(?=.*[A-Za-z])[\w &+.-]{1,11}$/;
/** Names of channels that have no numbers, however much they look like some. */
const NUMBERLESS: ReadonlySet<string> = new Set(['messenger', 'client', 'sip', 'sips']);
/** What stands for a caller who withholds the number: a word, or the same word on a keypad. */
const WITHHELD: ReadonlySet<string> = new Set([
  ...['anonymous', 'restricted', 'blocked', 'unknown', 'unavailable'],
  ...['266696687', '7378742833', '2562533', '8656696', '86282452253'],
]);
/** No address is longer; what is longer is not looked at. */
const LONGEST = 512;

/** An address of Twilio's, without what nobody needs of it. */
export interface Address {
  /** What stands before the colon, in small letters. */
  readonly prefix: string | undefined;
  /** The digits of an E.164 number, behind the plus. */
  readonly digits: string | undefined;
  /** A sender that is no number, or withholds it. */
  readonly kind: 'short_code' | 'alphanumeric' | 'withheld' | undefined;
}

/** Reads an address, such as `+15017122661`, `whatsapp:+15017122661`, `22395`, `sip:me@example.com` or `ACME`. */
export function readAddress(text: string): Address {
  // Nearly all of them are plain numbers.
  if (PLAIN.test(text)) return plain(text.slice(1));
  const shown = text.slice(0, LONGEST).trim();
  const prefix = PREFIX.exec(shown)?.[1]?.toLowerCase();
  if (prefix !== undefined) {
    const rest = shown.slice(prefix.length + 1);
    return { prefix, digits: NUMBERLESS.has(prefix) ? undefined : PREFIXED.exec(rest)?.[1], kind: undefined };
  }
  // A number is always sent with its plus; what has none and is short is a short code.
  const digits = shown.startsWith('+') || shown.length > 8 ? E164.exec(shown)?.[1] : undefined;
  return digits === undefined ? { prefix, digits, kind: kindOf(shown) } : plain(digits);
}

const plain = (digits: string): Address =>
  WITHHELD.has(digits)
    ? { prefix: undefined, digits: undefined, kind: 'withheld' }
    : { prefix: undefined, digits, kind: undefined };

function kindOf(text: string): Address['kind'] {
  if (SHORT_CODE.test(text)) return 'short_code';
  if (WITHHELD.has(text.toLowerCase())) return 'withheld';
  return ALPHANUMERIC.test(text) ? 'alphanumeric' : undefined;
}

/** The channel that the prefix of a message's address names; `undefined` where it has none. */
export const messageChannel = ({ prefix }: Address): string | undefined =>
  prefix === undefined ? undefined : (own(MESSAGE_PREFIXES, prefix) ?? 'other');

/** How one end of a call was reached. */
export const callChannel = ({ prefix, digits, kind }: Address): string => {
  if (prefix !== undefined) return own(CALL_PREFIXES, prefix) ?? 'other';
  return digits !== undefined || kind === 'short_code' || kind === 'withheld' ? 'phone' : 'other';
};

const own = (map: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;
