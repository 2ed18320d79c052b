import { OTHER_TOKEN, type Pair, PUBLIC_URL, without } from '../support/wire.ts';
import type { FormCase } from './good.ts';
import { type FormRow, Rows } from './row.ts';

/** Rows 1 to 11, 36 to 54, 90 and 91 of the acceptance table, for one feed. */
export function formRows(feed: FormCase): FormRow[] {
  const rows = new Rows(feed);
  return [signatures, boundaries, encodings, names, sids, values, elsewhere].flatMap((part) => part(rows));
}

const signatures = (rows: Rows): FormRow[] => [
  rows.unsigned('no signature', null, 'signature_missing'),
  rows.unsigned('a wrong signature of the right length', `${'A'.repeat(27)}=`),
  rows.unsigned('a signature that is too short', 'c2hvcnQ='),
  rows.unsigned('an empty signature', ''),
  rows.unsigned('a signature that is not base64', '!'.repeat(28)),
  rows.forged("another account's token", () => ({ token: OTHER_TOKEN })),
  rows.forged('signed for another path', () => ({ signedUrl: `${PUBLIC_URL}/webhooks/other` })),
  rows.forged('signed for another query', () => ({ signedUrl: `${PUBLIC_URL}${rows.target}?a=1` })),
  rows.forged('one value changed by one byte', () => ({ signed: rows.feed.pairs() })),
  rows.forged('one parameter less than was signed', (pairs) => ({ signed: [...pairs, ['Extra', '1']] })),
  rows.forged('one parameter more than was signed', (pairs) => ({ signed: pairs.slice(1) })),
  rows.taken('the parameters in another order', () => rows.feed.pairs().toReversed()),
  rows.byGet('by GET, with the parameters in the query'),
];

const last = (pairs: readonly Pair[], before: string): Pair =>
  [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name]) => name < before)
    .at(-1) ?? ['A', ''];

const boundaries = (rows: Rows): FormRow[] => {
  const { sid, label, pairs } = rows.feed;
  const twice = (name: string) => () => {
    const list = pairs();
    return [...list, [name, new Map(list).get(name)!] as const];
  };
  return [
    rows.refused('the SID as a part of the parameter before it', 'missing_field', () => {
      const list = pairs();
      const [before, text] = last(list, sid);
      return [...without(list, sid, before), [before, `${text}${sid}${new Map(list).get(sid)}`]];
    }),
    rows.odd('the value cut', (now) => now.slice(0, -3)),
    rows.refused('the SID twice', 'duplicate_parameter', twice(sid)),
    rows.refused('the value twice', 'duplicate_parameter', twice(label)),
  ];
};

const encodings = (rows: Rows): FormRow[] => [
  rows.malformed('an escape that is none', '&a=%ZZ'),
  rows.malformed('an escape that is cut', '&a=%4'),
  rows.malformed('a percent sign alone', '&a=%'),
  rows.written('separators too many', (body) => `&&${body}&&`),
  rows.written('a value without a name', (body) => `${body}&=x`, ['', 'x']),
  rows.written('a name alone', (body) => `${body}&y`, ['y', '']),
  rows.written('a semicolon', (body) => `${body}&a=1;b=2`, ['a', '1;b=2']),
  rows.written('blanks as %20', (body) => `${body.replaceAll('+', '%20')}&a=%20%2B`, ['a', ' +']),
];

const names = (rows: Rows): FormRow[] => {
  const { sid, pairs } = rows.feed;
  const more = (...list: Pair[]) => [...pairs(), ...list];
  return [
    rows.taken('control characters where nothing is read', () => more(['Extra', '\u0000\r\n\u001b'])),
    rows.taken('emoji, Arabic and combining characters', () => more(['Extra', '\u{1f600} \u0645\u0631\u062d e\u0301'])),
    rows.taken('names of what every object has', () =>
      more(['__proto__', 'x'], ['constructor', 'x'], ['toString', 'x'], ['hasOwnProperty', 'x']),
    ),
    rows.taken('parameters that nobody knows', () => more(['BrandNew', '1'], ['AnotherOne', 'two'])),
    ...['[]', '[0]', '.x'].map((suffix) =>
      rows.refused(`the SID as ${suffix}`, 'missing_field', () =>
        pairs().map(([name, value]): Pair => [name === sid ? name + suffix : name, value]),
      ),
    ),
  ];
};

const sids = (rows: Rows): FormRow[] => {
  const wrong = (name: string, value: (now: string) => string) => rows.refused(name, 'invalid_sid', rows.valued(value));
  return [
    rows.refused('no SID', 'missing_field', () => without(rows.feed.pairs(), rows.feed.sid)),
    rows.refused(
      'an empty SID',
      'missing_field',
      rows.valued(() => ''),
    ),
    wrong('a SID of another kind', (now) => `XX${now.slice(2)}`),
    wrong('a SID that is too short', (now) => now.slice(0, -1)),
    wrong('a SID that is too long', (now) => `${now}0`),
    wrong('a SID in capitals', (now) => `${now.slice(0, -1).toUpperCase()}F`),
    wrong('a zero byte in the SID', (now) => `${now.slice(0, -1)}\u0000`),
    wrong('a line break behind the SID', (now) => `${now}\n`),
  ];
};

const values = (rows: Rows): FormRow[] => [
  rows.refused(
    'a zero byte in the value',
    'invalid_field',
    rows.valued((now) => `${now}\u0000`, rows.feed.label),
  ),
  rows.odd('a value that is new', () => 'brand-new'),
  rows.odd('a value with a blank', (now) => `${now} `),
  rows.odd('the value in other letters', (now) =>
    now === now.toUpperCase() ? `${now.toLowerCase()}x` : now.toUpperCase(),
  ),
  rows.odd('a value of 2,000 characters', () => 'x'.repeat(2_000)),
];

const CALL: readonly Pair[] = [
  ['CallSid', `CA${'0a'.repeat(16)}`],
  ['CallStatus', 'in-progress'],
];
const MESSAGE: Pair = ['MessageSid', `SM${'0a'.repeat(16)}`];

const elsewhere = (rows: Rows): FormRow[] => {
  const wrong = (name: string, ...list: Pair[]) => rows.refused(name, 'wrong_feed', () => list);
  const asks = (name: string, ...list: Pair[]) => rows.refused(name, 'control_webhook', () => list);
  const good = () => rows.feed.pairs();
  const type = { 'Content-Type': 'application/json' };
  return [
    wrong('the callback of a message', MESSAGE, ['MessageStatus', 'sent']),
    wrong('the callback of a call', ...CALL, ['CallDuration', '9']),
    asks('the end of <Dial>', ...CALL, ['DialCallStatus', 'busy']),
    asks('pressed keys', ...CALL, ['Digits', '42']),
    asks('spoken words', ...CALL, ['SpeechResult', 'yes']),
    asks('the end of <Enqueue>', ...CALL, ['QueueResult', 'hangup']),
    asks('an incoming message', MESSAGE, ['SmsStatus', 'received'], ['Body', 'hello'], ['NumMedia', '0']),
    asks('an incoming call', ['CallSid', 'CA1'], ['CallStatus', 'ringing'], ['Direction', 'inbound']),
    rows.refused('nothing at all', 'missing_field', () => []),
    // One feed takes JSON, too.
    ...(rows.feed.name === 'intelligence'
      ? []
      : [rows.row('a body that is called JSON', () => rows.signed(good(), { headers: type }), 415, 'content_type')]),
    rows.row('another method', () => rows.signed(good(), { method: 'PUT' }), 405, 'method_not_allowed'),
  ];
};
