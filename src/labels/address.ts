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
const SHORT_CODE = /^\d{3,8}$/;
/** https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id */
const ALPHANUMERIC = /^(?=.*[A-Za-z])[\w &+.-]{1,11}$/;
/** No address is longer; what is longer is not looked at. */
const LONGEST = 512;

/** An address of Twilio's, without what nobody needs of it. */
export interface Address {
  /** What stands before the colon, in small letters. */
  readonly prefix: string | undefined;
  /** The digits of an E.164 number, behind the plus. */
  readonly digits: string | undefined;
  /** A sender that is no number. */
  readonly kind: 'short_code' | 'alphanumeric' | undefined;
}

/** Reads an address, such as `+15017122661`, `whatsapp:+15017122661`, `22395`, `sip:me@example.com` or `ACME`. */
export function readAddress(text: string): Address {
  // Nearly all of them are plain numbers.
  if (PLAIN.test(text)) return { prefix: undefined, digits: text.slice(1), kind: undefined };
  const shown = text.slice(0, LONGEST).trim();
  const prefix = PREFIX.exec(shown)?.[1];
  const rest = prefix === undefined ? shown : shown.slice(prefix.length + 1);
  // A number is always sent with its plus; what has none and is short is a short code.
  const digits = rest.startsWith('+') || rest.length > 8 ? E164.exec(rest)?.[1] : undefined;
  return { prefix: prefix?.toLowerCase(), digits, kind: digits === undefined ? kindOf(rest) : undefined };
}

function kindOf(text: string): Address['kind'] {
  if (SHORT_CODE.test(text)) return 'short_code';
  return ALPHANUMERIC.test(text) ? 'alphanumeric' : undefined;
}

/** The channel that the prefix of a message's address names; `undefined` where it has none. */
export const messageChannel = ({ prefix }: Address): string | undefined =>
  prefix === undefined ? undefined : (own(MESSAGE_PREFIXES, prefix) ?? 'other');

/** How one end of a call was reached. */
export const callChannel = ({ prefix, digits, kind }: Address): string => {
  if (prefix !== undefined) return own(CALL_PREFIXES, prefix) ?? 'other';
  return digits !== undefined || kind === 'short_code' ? 'phone' : 'other';
};

const own = (map: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;
