import {
  changed,
  form,
  OTHER_TOKEN,
  type Pair,
  PUBLIC_URL,
  request,
  type Signing,
  signature,
  signed,
  TOKEN,
  without,
} from '../support/wire.ts';
import type { FormCase } from './good.ts';

/** One request to a form feed, the status of its answer and its outcome; `other` where it counts as that. */
export interface FormRow {
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly status: number;
  readonly outcome: string;
  readonly other?: true;
}

const sortedBefore = (pairs: readonly Pair[], name: string) =>
  [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([each]) => each < name)
    .at(-1);

/** Requests for TwiML, and the rest that waits for an answer. */
const CONTROL: readonly (readonly [name: string, pairs: readonly Pair[]])[] = [
  [
    'the end of <Dial>',
    [
      ['CallSid', 'CA1'],
      ['CallStatus', 'in-progress'],
      ['DialCallStatus', 'busy'],
    ],
  ],
  [
    'pressed keys',
    [
      ['CallSid', 'CA1'],
      ['CallStatus', 'in-progress'],
      ['Digits', '42'],
    ],
  ],
  [
    'spoken words',
    [
      ['CallSid', 'CA1'],
      ['CallStatus', 'in-progress'],
      ['SpeechResult', 'yes'],
    ],
  ],
  [
    'the end of <Enqueue>',
    [
      ['CallSid', 'CA1'],
      ['CallStatus', 'in-progress'],
      ['QueueResult', 'hangup'],
    ],
  ],
  [
    'an incoming message',
    [
      ['MessageSid', 'SM1'],
      ['SmsStatus', 'received'],
      ['Body', 'hello'],
      ['NumMedia', '0'],
    ],
  ],
  [
    'an incoming call',
    [
      ['CallSid', 'CA1'],
      ['CallStatus', 'ringing'],
      ['Direction', 'inbound'],
    ],
  ],
];

/** Rows 1 to 11, 36 to 54, 90 and 91 of the acceptance table, for one feed. */
export function formRows({ name, sid, label, key, pairs }: FormCase): FormRow[] {
  const target = `/webhooks/${name}`;
  const url = PUBLIC_URL + target;
  const of = (list: readonly Pair[], options: Signing = {}) => signed(list, { target, ...options });
  const row = (what: string, bytes: () => Buffer, status: number, outcome: string): FormRow => ({
    name: what,
    bytes,
    status,
    outcome,
  });
  const unsigned = (what: string, header: string | null, reason = 'signature_invalid') =>
    row(what, () => of(pairs(), { headers: { 'X-Twilio-Signature': header } }), 401, reason);
  const taken = (what: string, list: () => readonly Pair[], options: Signing = {}) =>
    row(what, () => of(list(), options), 204, 'accepted');
  const refused = (what: string, reason: string, list: () => readonly Pair[], options: Signing = {}) =>
    row(what, () => of(list(), options), 400, reason);
  /** The body as it stands, with the signature of what it says. */
  const body = (what: string, text: (body: string) => string, says: (list: Pair[]) => readonly Pair[], status = 204) =>
    row(
      what,
      () => {
        const list = pairs();
        return of(says(list), { body: text(form(list)) });
      },
      status,
      status === 204 ? 'accepted' : 'malformed_form',
    );
  const valued =
    (value: (now: string) => string, which = sid) =>
    () => {
      const list = pairs();
      return changed(list, which, value(new Map(list).get(which)!));
    };
  // A debugger's level that is unknown is no error; every other label has a value for what is new.
  const odd = (what: string, value: (now: string) => string): FormRow => ({
    ...row(what, () => of(valued(value, label)()), 204, key ? 'accepted' : 'ignored'),
    ...(key ? { other: true } : {}),
  });
  return [
    unsigned('no signature', null, 'signature_missing'),
    unsigned('a wrong signature of the right length', `${'A'.repeat(27)}=`),
    unsigned('a signature that is too short', 'c2hvcnQ='),
    unsigned('an empty signature', ''),
    unsigned('a signature that is not base64', '!'.repeat(28)),
    row("another account's token", () => of(pairs(), { token: OTHER_TOKEN }), 401, 'signature_invalid'),
    row(
      'signed for another path',
      () => of(pairs(), { signedUrl: `${PUBLIC_URL}/webhooks/other` }),
      401,
      'signature_invalid',
    ),
    row('signed for another query', () => of(pairs(), { signedUrl: `${url}?a=1` }), 401, 'signature_invalid'),
    row('one value changed by one byte', () => of(pairs(), { signed: pairs() }), 401, 'signature_invalid'),
    row(
      'one more parameter, which is not signed',
      () => {
        const list = pairs();
        return of([...list, ['Extra', '1']], { signed: list });
      },
      401,
      'signature_invalid',
    ),
    taken('the parameters in another order', () => pairs().toReversed()),
    row(
      'by GET, with the parameters in the query',
      () => {
        const get = `${target}?${form(pairs())}`;
        const headers = {
          'Content-Type': null,
          'Content-Length': null,
          'X-Twilio-Signature': signature(PUBLIC_URL + get),
        };
        return request({ method: 'GET', target: get, headers });
      },
      204,
      'accepted',
    ),
    refused('the SID as a part of the parameter before it', 'missing_field', () => {
      const list = pairs();
      const value = new Map(list).get(sid)!;
      const [before, text] = sortedBefore(list, sid) ?? ['A', ''];
      return [...without(list, sid, before), [before, `${text}${sid}${value}`]];
    }),
    odd('the value cut, with the rest as a parameter of its own', (now) => now.slice(0, -3)),
    refused('the SID twice', 'duplicate_parameter', () => {
      const list = pairs();
      return [...list, [sid, new Map(list).get(sid)!]];
    }),
    refused('the value twice', 'duplicate_parameter', () => {
      const list = pairs();
      return [...list, [label, new Map(list).get(label)!]];
    }),
    body(
      'an escape that is none',
      (text) => `${text}&a=%ZZ`,
      (list) => list,
      400,
    ),
    body(
      'an escape that is cut',
      (text) => `${text}&a=%4`,
      (list) => list,
      400,
    ),
    body(
      'a percent sign alone',
      (text) => `${text}&a=%`,
      (list) => list,
      400,
    ),
    body(
      'separators too many',
      (text) => `&&${text}&&`,
      (list) => list,
    ),
    body(
      'a value without a name',
      (text) => `${text}&=x`,
      (list) => [...list, ['', 'x']],
    ),
    body(
      'a name alone',
      (text) => `${text}&y`,
      (list) => [...list, ['y', '']],
    ),
    body(
      'a semicolon',
      (text) => `${text}&a=1;b=2`,
      (list) => [...list, ['a', '1;b=2']],
    ),
    body(
      'blanks as %20',
      (text) => `${text.replaceAll('+', '%20')}&a=%20%2B`,
      (list) => [...list, ['a', ' +']],
    ),
    refused(
      'a zero byte in the SID',
      'invalid_sid',
      valued((now) => `${now.slice(0, -1)}\u0000`),
    ),
    refused(
      'a line break behind the SID',
      'invalid_sid',
      valued((now) => `${now}\n`),
    ),
    refused(
      'a zero byte in the value',
      'invalid_field',
      valued((now) => `${now}\u0000`, label),
    ),
    taken('control characters where nothing is read', () => [...pairs(), ['Extra', '\u0000\r\n\u001b']]),
    taken('emoji, Arabic and combining characters', () => [
      ...pairs(),
      ['Extra', '\u{1f600} \u0645\u0631\u062d\u0628\u0627 e\u0301'],
    ]),
    taken('names of what every object has', () => [
      ...pairs(),
      ['__proto__', 'x'],
      ['constructor', 'x'],
      ['toString', 'x'],
      ['hasOwnProperty', 'x'],
    ]),
    ...['[]', '[0]', '.x'].map((suffix) =>
      refused(`the SID as ${suffix}`, 'missing_field', () =>
        pairs().map(([each, value]): Pair => [each === sid ? each + suffix : each, value]),
      ),
    ),
    taken('parameters that nobody knows', () => [...pairs(), ['BrandNew', '1'], ['AnotherOne', 'two']]),
    refused('no SID', 'missing_field', () => without(pairs(), sid)),
    refused(
      'an empty SID',
      'missing_field',
      valued(() => ''),
    ),
    refused(
      'a SID of another kind',
      'invalid_sid',
      valued((now) => `XX${now.slice(2)}`),
    ),
    refused(
      'a SID that is too short',
      'invalid_sid',
      valued((now) => now.slice(0, -1)),
    ),
    refused(
      'a SID that is too long',
      'invalid_sid',
      valued((now) => `${now}0`),
    ),
    refused(
      'a SID in capitals',
      'invalid_sid',
      valued((now) => `${now.slice(0, -1).toUpperCase()}F`),
    ),
    odd('a value that is new', () => 'brand-new'),
    odd('a value with a blank', (now) => `${now} `),
    odd('the value in other letters', (now) =>
      now === now.toUpperCase() ? `${now.toLowerCase()}x` : now.toUpperCase(),
    ),
    odd('a value of 2,000 characters', () => 'x'.repeat(2_000)),
    refused('the callback of a message', 'wrong_feed', () => [
      ['MessageSid', `SM${'0a'.repeat(16)}`],
      ['MessageStatus', 'sent'],
    ]),
    refused('the callback of a call', 'wrong_feed', () => [
      ['CallSid', `CA${'0a'.repeat(16)}`],
      ['CallStatus', 'completed'],
      ['CallDuration', '9'],
    ]),
    ...CONTROL.map(([what, list]) => refused(what, 'control_webhook', () => list)),
    row('nothing at all', () => of([]), 400, 'missing_field'),
    row(
      'a body that is called JSON',
      () => of(pairs(), { headers: { 'Content-Type': 'application/json' } }),
      415,
      'content_type',
    ),
    row('another method', () => of(pairs(), { method: 'PUT', token: TOKEN }), 405, 'method_not_allowed'),
  ];
}
