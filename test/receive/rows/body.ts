import {
  BODY,
  CHUNKED,
  call,
  changed,
  chunked,
  form,
  freshSid,
  message,
  type Pair,
  request,
  type Signing,
  signed,
  signedCall,
  signedGet,
  TO,
  without,
} from '../support/wire.ts';
import { gzipBomb, zlib } from './compressed.ts';
import type { Row } from './row.ts';

const typed = (type: string | null, options: Signing = {}) =>
  signed(message(), { ...options, headers: { 'Content-Type': type, ...options.headers } });
const FORM = 'application/x-www-form-urlencoded';

const refusedTypes: readonly (string | null)[] = [
  null,
  '',
  'multipart/form-data; boundary=x',
  'application/json',
  'application/json; charset=utf-8',
  'text/xml',
  'text/plain',
  'application/x-www-form-urlencodedx',
  'application/x-www-form-urlencoded+json',
  'x-www-form-urlencoded',
  `${FORM}, application/json`,
  `${FORM} charset=utf-8`,
  `${FORM}; charset=utf-7`,
  `${FORM}; charset=utf-16`,
  `${FORM}; charset=utf-16le`,
  `${FORM}; charset=iso-8859-1`,
  `${FORM}; charset=`,
  `${FORM}; charset="utf-8`,
  `${FORM}; charset=utf-8; charset=utf-7`,
  `${FORM}; foo=bar; charset=utf-7`,
  `${FORM}; foo="; charset=utf-8"; charset=utf-7`,
];
const takenTypes = [
  FORM,
  `${FORM};`,
  `${FORM};charset=UTF-8`,
  `${FORM} ; charset=utf-8`,
  `${FORM}; charset="UTF-8"; foo=bar`,
  `${FORM}; foo="a;b=\\"c"; Charset=Utf-8`,
  FORM.toUpperCase(),
  `${FORM.toUpperCase()}; CHARSET=UTF-8`,
];

export const TYPES: readonly Row[] = [
  ...refusedTypes.map(
    (type): Row => [`Content-Type ${type ?? 'absent'}`, () => typed(type), 415, 'message/content_type'],
  ),
  ...takenTypes.map((type): Row => [`Content-Type ${type}`, () => typed(type), 204, 'message/accepted']),
  [
    'a form that is labelled JSON',
    () => typed('application/json', { body: form(message()) }),
    415,
    'message/content_type',
  ],
  [
    'JSON that is labelled a form',
    () => typed(FORM, { body: '{"MessageSid":"SM","MessageStatus":"sent"}' }),
    401,
    'message/signature_invalid',
  ],
  [
    'the type that is right, after one that is wrong',
    () => typed('text/plain', { lines: [`Content-Type: ${FORM}`] }),
    415,
    'message/content_type',
  ],
];

const encoded = (encoding: string, body?: Buffer) =>
  signed(message(), { ...(body ? { body } : {}), headers: { 'Content-Encoding': encoding } });

export const ENCODINGS: readonly Row[] = [
  ...['zstd', 'gzip', 'deflate', 'br', 'compress', 'x-gzip', 'GZIP', 'gzip, gzip', 'identity, gzip', 'utf-8'].map(
    (encoding): Row => [`Content-Encoding ${encoding}`, () => encoded(encoding), 415, 'message/content_encoding'],
  ),
  ['a valid gzip body', () => encoded('gzip', zlib(form(message()))), 415, 'message/content_encoding'],
  ['gzip that is garbage', () => encoded('gzip', Buffer.from('garbage')), 415, 'message/content_encoding'],
  ['a gzip bomb of 50 MB', () => encoded('gzip', gzipBomb(50)), 415, 'message/content_encoding'],
  ['Content-Encoding identity', () => encoded('identity'), 204, 'message/accepted'],
  ['Content-Encoding Identity', () => encoded('Identity'), 204, 'message/accepted'],
];

const padded = (size: number): Pair[] => {
  const pairs = message();
  const names = ['Pad1', 'Pad2', 'Pad3', 'Pad4', 'Pad5'];
  let left = size - form(pairs).length;
  for (const name of names) {
    const length = Math.min(left - name.length - 2, 16_000);
    if (length <= 0) break;
    pairs.push([name, 'x'.repeat(length)]);
    left -= length + name.length + 2;
  }
  return pairs;
};
const many = (count: number, name = 'p'): Pair[] => {
  const pairs = message();
  return [...pairs, ...Array.from({ length: count - pairs.length }, (_, i): Pair => [`${name}${i}`, ''])];
};

export const SIZES: readonly Row[] = [
  ['an empty body, signed', () => signed([]), 400, 'message/missing_field'],
  ['an empty body, not signed', () => request({}), 401, 'message/signature_missing'],
  ['no body and no length', () => signed([], { headers: { 'Content-Length': null } }), 400, 'message/missing_field'],
  ['60,000 bytes', () => signed(padded(60_000)), 204, 'message/accepted'],
  ['66,000 bytes', () => signed(padded(66_000)), 413, 'message/body_too_large'],
  ['10 MB, all of it sent', () => request({ body: `a=${'x'.repeat(10_000_000)}` }), 413, 'message/body_too_large'],
  [
    'a length of 1 TB',
    () => request({ headers: { 'Content-Length': '1000000000000' }, body: 'a=b' }),
    413,
    'message/body_too_large',
  ],
  [
    'a chunked body',
    () => {
      const pairs = message();
      const text = form(pairs);
      return signed(pairs, { headers: CHUNKED, body: chunked(text.slice(0, 20), text.slice(20)) });
    },
    204,
    'message/accepted',
  ],
  [
    'a chunked body that grows over the limit',
    () => request({ headers: CHUNKED, body: chunked(...Array.from({ length: 70 }, () => 'x'.repeat(1_000))) }),
    413,
    'message/body_too_large',
  ],
  [
    'a chunked body of 10 MB',
    () => request({ headers: CHUNKED, body: chunked(...Array.from({ length: 100 }, () => 'x'.repeat(100_000))) }),
    413,
    'message/body_too_large',
  ],
  ['200 parameters', () => signed(many(200)), 204, 'message/accepted'],
  ['201 parameters', () => signed(many(201)), 400, 'message/too_many_parameters'],
  ['201 parameters, not signed', () => request({ body: form(many(201)) }), 400, 'message/too_many_parameters'],
  ['5,000 parameters', () => request({ body: form(many(5_000)) }), 400, 'message/too_many_parameters'],
  ['100,000 parameters', () => request({ body: form(many(100_000)) }), 413, 'message/body_too_large'],
  ['201 parameters in the query', () => signedGet(many(201)), 400, 'message/too_many_parameters'],
  ['5,000 ampersands', () => request({ body: '&'.repeat(5_000) }), 400, 'message/too_many_parameters'],
  ['a value of 17 kB', () => signed([...message(), ['Body', 'x'.repeat(17_000)]]), 400, 'message/parameter_too_long'],
  ['a name of 300 bytes', () => signed([...message(), ['n'.repeat(300), '']]), 400, 'message/parameter_too_long'],
  [
    'a name of 90 characters and 270 bytes',
    () => signed([...message(), ['\u20ac'.repeat(90), '']]),
    400,
    'message/parameter_too_long',
  ],
  ['a name of 256 bytes', () => signed([...message(), ['n'.repeat(256), '']]), 204, 'message/accepted'],
];

const raw = (tail: string | Buffer, pairs: readonly Pair[] = message()): Buffer =>
  signed(pairs, { body: Buffer.concat([Buffer.from(`${form(pairs)}&`), Buffer.from(tail)]) });
const signedTail = (tail: string, ...more: Pair[]): Buffer => {
  const pairs = message();
  return signed([...pairs, ...more], { body: `${form(pairs)}&${tail}` });
};

export const TEXTS: readonly Row[] = [
  ...['a=%ZZ', 'a=%', 'a=%4', '%ZZ=a', 'a=%FF', 'a=%C0%80', 'a=%ED%A0%80', 'a=%E2%82', 'a=%u0041'].map(
    (tail): Row => [`${tail} in the body`, () => raw(tail), 400, 'message/malformed_form'],
  ),
  ['bytes that are not UTF-8', () => raw(Buffer.from([0x61, 0x3d, 0xff, 0xfe])), 400, 'message/malformed_form'],
  [
    '%ZZ in the query of a GET',
    () => signed([], { method: 'GET', target: '/webhooks/message?a=%ZZ' }),
    400,
    'message/malformed_form',
  ],
  ...(
    [
      ['NUL', '\u0000'],
      ['a line feed', '\n'],
      ['a carriage return', '\r'],
      ['escape', '\u001b'],
      ['delete', '\u007f'],
      ['a C1 control', '\u0085'],
    ] as const
  ).flatMap(([name, character]): Row[] => [
    [`${name} in a SID`, () => signed(message('sent', `${freshSid('SM')}${character}`)), 400, 'message/invalid_sid'],
    [`${name} in a status`, () => signed(message(`sent${character}`)), 400, 'message/invalid_field'],
    [
      `${name} in an error code`,
      () => signed(message('failed', undefined, ['ErrorCode', `30003${character}`])),
      400,
      'message/invalid_field',
    ],
    [
      `${name} where nobody reads it`,
      () => signed(message('sent', undefined, ['Body', character])),
      204,
      'message/accepted',
    ],
  ]),
  ['a control character in a CallStatus', () => signedCall(call('busy\u0000')), 400, 'call/invalid_field'],
  [
    'a control character in a SipResponseCode',
    () => signedCall(call('failed', undefined, ['SipResponseCode', '486\n'])),
    400,
    'call/invalid_field',
  ],
  ...[
    '\u05e9\u05dc\u05d5\u05dd \u202e',
    'e\u0301\u0301\u0301',
    '\u{1f600}\u{1f468}\u200d\u{1f469}',
    '\u{10ffff}',
    BODY,
  ].map(
    (text): Row => [
      `a Body of ${encodeURIComponent(text)}`,
      () => signed(message('sent', undefined, ['Body', text])),
      204,
      'message/accepted',
    ],
  ),
  ['%20 for a space', () => signedTail('Body=a%20b', ['Body', 'a b']), 204, 'message/accepted'],
  ['+ for a space', () => signedTail('Body=a+b', ['Body', 'a b']), 204, 'message/accepted'],
  ['%2B in a number', () => signedTail(`Also=${encodeURIComponent(TO)}`, ['Also', TO]), 204, 'message/accepted'],
  ['lower-case percent-encoding', () => signedTail('Body=%c3%a9', ['Body', '\u00e9']), 204, 'message/accepted'],
  [
    '; as a separator',
    () => signed(message(), { body: form(message()).replaceAll('&', ';') }),
    401,
    'message/signature_invalid',
  ],
  ['empty pairs', () => signedTail('&&&'), 204, 'message/accepted'],
  ['an empty name', () => signedTail('=x', ['', 'x']), 204, 'message/accepted'],
  ['an empty name, not signed', () => signedTail('=x'), 401, 'message/signature_invalid'],
  ['a name without a value', () => signedTail('y', ['y', '']), 204, 'message/accepted'],
  ['= in a value', () => signedTail('y=a=b', ['y', 'a=b']), 204, 'message/accepted'],
];

export const NAMES: readonly Row[] = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'a.b',
    'Foo[bar]',
    'a[]',
    'MessageSid[]',
    'MessageSid.x',
  ].map(
    (name): Row => [
      `${name} beside the rest, signed`,
      () => signed([...message(), [name, '1']]),
      204,
      'message/accepted',
    ],
  ),
  ...['MessageSid[]', 'MessageSid[0]', 'MessageSid.x', 'messagesid', ' MessageSid', '__proto__[MessageSid]'].map(
    (name): Row => {
      const pairs = () => [...without(message(), 'MessageSid'), [name, freshSid('SM')] as const];
      return [`${name} instead of MessageSid`, () => signed(pairs()), 400, 'message/missing_field'];
    },
  ),
  ['_method', () => signed([...message(), ['_method', 'DELETE']]), 204, 'message/accepted'],
  [
    'unknown parameters',
    () => signed([...message(), ['NewIn2031', 'x'], ['RawDlrDoneDate', '2610141203']]),
    204,
    'message/accepted',
  ],
];

const sid = (value: string) => signed(message('sent', value));
const status = (value: string) => signed(message(value));

export const VALUES: readonly Row[] = [
  ['no MessageSid', () => signed(without(message(), 'MessageSid')), 400, 'message/missing_field'],
  ['an empty MessageSid', () => sid(''), 400, 'message/missing_field'],
  ['no MessageStatus', () => signed(without(message(), 'MessageStatus')), 400, 'message/missing_field'],
  ['an empty MessageStatus', () => signed(changed(message(), 'MessageStatus', '')), 400, 'message/missing_field'],
  ['a SID of a call', () => sid(freshSid('CA')), 400, 'message/invalid_sid'],
  ['a SID that is too short', () => sid(freshSid('SM').slice(0, -1)), 400, 'message/invalid_sid'],
  ['a SID that is too long', () => sid(`${freshSid('SM')}0`), 400, 'message/invalid_sid'],
  ['a SID in upper-case hex', () => sid(freshSid('SM').toUpperCase().replace('0', 'F')), 400, 'message/invalid_sid'],
  ['a SID after a space', () => sid(` ${freshSid('SM')}`), 400, 'message/invalid_sid'],
  ['a SID in full-width digits', () => sid(`SM${'\uff11'.repeat(32)}`), 400, 'message/invalid_sid'],
  ['a SID of an MMS', () => sid(freshSid('SM').replace('SM', 'MM')), 204, 'message/accepted'],
  ...[
    'exploded',
    ' delivered',
    'delivered ',
    'DELIVERED',
    'Sent',
    'other',
    'deliver',
    '__proto__',
    'x'.repeat(5_000),
  ].map((value): Row => [`the status "${value.slice(0, 20)}"`, () => status(value), 204, 'message/accepted']),
  ...['none', '-1', '9'.repeat(30), '030003', '30003 ', '0', '', '1e3', '__proto__'].map(
    (code): Row => [
      `the ErrorCode "${code}"`,
      () => signed(message('failed', undefined, ['ErrorCode', code])),
      204,
      'message/accepted',
    ],
  ),
  [
    'an absurd price',
    () => signed(message('sent', undefined, ['Price', '-1e999'], ['NumSegments', 'NaN'])),
    204,
    'message/accepted',
  ],
  [
    'an absurd SipResponseCode',
    () => signedCall(call('failed', undefined, ['SipResponseCode', '9'.repeat(99)])),
    204,
    'call/accepted',
  ],
  ['a message event at the path of calls', () => signedCall(message()), 400, 'call/wrong_feed'],
  ['a call event at the path of messages', () => signed(call()), 400, 'message/wrong_feed'],
  [
    'a request for TwiML at the path of calls',
    () => signedCall(call('completed', undefined, ['DialCallStatus', 'busy'])),
    400,
    'call/control_webhook',
  ],
  [
    'a request for TwiML, unsigned: it is not even looked at',
    () => request({ target: '/webhooks/call', body: form(call('completed', undefined, ['Digits', '1'])) }),
    401,
    'call/signature_missing',
  ],
  [
    'an incoming message at the path of messages',
    () => signed([...without(message(), 'MessageStatus'), ['Body', BODY], ['NumMedia', '0']]),
    400,
    'message/control_webhook',
  ],
  [
    'a recording at the path of calls',
    () => signedCall([...call('completed'), ['RecordingStatus', 'completed']]),
    400,
    'call/wrong_feed',
  ],
];
