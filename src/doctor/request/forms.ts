import { Parameters } from '../../feeds/reading/parameters.ts';

export type Pair = readonly [name: string, value: string];

/** The parameters that may have been signed, and what was done to the body on the way, if these were. */
export interface SignedForm {
  readonly pairs: readonly Pair[];
  readonly change?: 'body re-encoded' | 'parameter added' | 'parameter dropped' | 'value trimmed';
  /** The name of the one parameter that is meant. */
  readonly parameter?: string;
}

const values = (pairs: readonly Pair[], change: (value: string) => string): Pair[] =>
  pairs.map(([name, value]) => [name, change(value)]);

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};
const asUtf8 = (text: string) => Buffer.from(text, 'latin1').toString();
const asLatin1 = (text: string) => Buffer.from(text).toString('latin1');

const RE_ENCODED: readonly ((value: string) => string)[] = [
  decoded,
  (value) => value.replaceAll(' ', '+'),
  (value) => value.replaceAll('+', ' '),
  // A number alone begins with a plus that was read as a blank.
  (value) => value.replace(/^ (?=\d+$)/, '+'),
  (value) => value.replaceAll(/\r?\n/g, '\r\n'),
  (value) => value.replaceAll('\r\n', '\n'),
  (value) => value.normalize('NFC'),
  (value) => value.normalize('NFD'),
  asUtf8,
  asLatin1,
  (value) => value.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"'),
];

/** What Twilio often sends empty, which frameworks and proxies like to leave out. */
const OFTEN_EMPTY = [
  'AddOns',
  'ApiVersion',
  'AnsweredBy',
  'CalledCity',
  'CalledCountry',
  'CalledState',
  'CalledZip',
  'CallerCity',
  'CallerCountry',
  'CallerState',
  'CallerZip',
  'ErrorCode',
  'ErrorMessage',
  'ForwardedFrom',
  'FromCity',
  'FromCountry',
  'FromState',
  'FromZip',
  'MessagingServiceSid',
  'ParentCallSid',
  'RawDlrDoneDate',
  'RecordingUrl',
  'ToCity',
  'ToCountry',
  'ToState',
  'ToZip',
];
/** What says the same as another one, or always the same. */
const DERIVED: readonly (readonly [name: string, from: string])[] = [
  ['SmsSid', 'MessageSid'],
  ['SmsStatus', 'MessageStatus'],
  ['MessageSid', 'SmsSid'],
  ['MessageStatus', 'SmsStatus'],
  ['Called', 'To'],
  ['Caller', 'From'],
  ['To', 'Called'],
  ['From', 'Caller'],
];
const CONSTANT: readonly Pair[] = [
  ['ApiVersion', '2010-04-01'],
  ['CallbackSource', 'call-progress-events'],
  ['Direction', 'outbound-api'],
  ['Direction', 'inbound'],
  ['SequenceNumber', '0'],
  ['SequenceNumber', '1'],
  ['SequenceNumber', '2'],
  ['SequenceNumber', '3'],
  ['NumSegments', '1'],
  ['NumMedia', '0'],
];
const BLANKS = [' ', '  ', '\n', '\r\n', '\t'];

/** What may have been signed where this is what arrived. */
export function candidateForms(pairs: readonly Pair[], accountSids: readonly string[]): SignedForm[] {
  const found: SignedForm[] = [{ pairs }];
  for (const change of RE_ENCODED) found.push({ pairs: values(pairs, change), change: 'body re-encoded' });
  for (const [i, [name, value]] of pairs.entries()) {
    const put = (next: string): Pair[] => pairs.map((pair, at) => (at === i ? [name, next] : pair));
    for (const blank of BLANKS) {
      for (const next of [value + blank, blank + value])
        found.push({ pairs: put(next), change: 'value trimmed', parameter: name });
    }
    for (const change of RE_ENCODED)
      found.push({ pairs: put(change(value)), change: 'body re-encoded', parameter: name });
    found.push({ pairs: pairs.filter((_, at) => at !== i), change: 'parameter added', parameter: name });
  }
  const lost = dropped(pairs, accountSids);
  for (const pair of lost) found.push({ pairs: [...pairs, pair], change: 'parameter dropped', parameter: pair[0] });
  // All that were empty are left out together, and two are as far as guessing goes.
  const empty = lost.filter(([, value]) => value === '');
  for (const [i, one] of empty.entries()) {
    for (const two of empty.slice(i + 1)) found.push({ pairs: [...pairs, one, two], change: 'parameter dropped' });
  }
  return found;
}

function dropped(pairs: readonly Pair[], accountSids: readonly string[]): Pair[] {
  const given = new Map(pairs);
  const lost: Pair[] = [
    ...accountSids.map((sid): Pair => ['AccountSid', sid]),
    ...DERIVED.flatMap(([name, from]): Pair[] => (given.has(from) ? [[name, given.get(from)!]] : [])),
    ...CONSTANT,
    ...OFTEN_EMPTY.map((name): Pair => [name, '']),
  ];
  return lost.filter(([name]) => !given.has(name));
}

/** Pairs as the verifier wants them. */
export function parametersOf(pairs: readonly Pair[]): Parameters {
  const bounds = [0];
  const chunks: Buffer[] = [];
  let end = 0;
  for (const text of pairs.flat()) {
    const bytes = Buffer.from(text);
    chunks.push(bytes);
    bounds.push((end += bytes.length));
  }
  return new Parameters(Buffer.concat(chunks), bounds, false);
}
