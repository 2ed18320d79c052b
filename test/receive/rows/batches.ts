import { cloudEvent, type Json, type JsonSigning, messageEvent, sha256, signedJson } from '../support/json.ts';
import { ACCOUNT, CHUNKED, chunked, freshSid, OTHER_TOKEN, PUBLIC_URL, signature } from '../support/wire.ts';

/** One batch, the status of its answer, the outcome of the request, and those of its events where any was read. */
export type Batch = readonly [
  name: string,
  bytes: () => Buffer,
  status: number,
  outcome: string,
  events?: Readonly<Record<string, number>>,
];

const sent = (sid = freshSid('SM'), data: Json = {}): Json => messageEvent(sid, 'SENT', data);
const of = (data: Json, more: Json = {}): Json => messageEvent(freshSid('SM'), 'SENT', data, more);
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const nested = (levels: number): unknown => (levels === 0 ? {} : [nested(levels - 1)]);

/** What is counted of every event. */
const taken = (name: string, value: () => unknown, options?: () => JsonSigning, count = 1): Batch => [
  name,
  () => signedJson(value(), options?.()),
  204,
  'accepted',
  { accepted: count },
];
/** What no event is read of. */
const refused = (status: number, outcome: string, name: string, value: () => unknown, options?: JsonSigning): Batch => [
  name,
  () => signedJson(value(), options),
  status,
  outcome,
];
/** One event, which cannot be used. */
const unusable = (reason: string, name: string, value: () => unknown): Batch => [
  name,
  () => signedJson([value()]),
  400,
  reason,
  { [reason]: 1 },
];
const ignored = (name: string, value: () => unknown): Batch => [
  name,
  () => signedJson([value()]),
  204,
  'ignored',
  { ignored: 1 },
];

const twice = (from: string, to: string) => JSON.stringify(sent()).replace(from, to);
const givenTwice = (name: string, from: string, to: string): Batch => [
  name,
  () => signedJson(`[${twice(from, to)}]`),
  400,
  'malformed_json',
  { malformed_json: 1 },
];

const HASH = 'a'.repeat(64);
const wrongHash = (name: string, hashed: JsonSigning['hashed'], query = ''): Batch =>
  refused(401, 'body_hash_mismatch', name, () => [sent()], { ...(hashed === undefined ? {} : { hashed }), query });

const SIGNATURES: readonly Batch[] = [
  refused(401, 'signature_missing', 'no signature', () => [sent()], { headers: { 'X-Twilio-Signature': null } }),
  refused(401, 'signature_invalid', 'a signature with another token', () => [sent()], { token: OTHER_TOKEN }),
  refused(401, 'signature_invalid', 'an empty signature', () => [sent()], { headers: { 'X-Twilio-Signature': '' } }),
  [
    'a hash that nobody signed',
    () => {
      const body = JSON.stringify([sent()]);
      const headers = { 'X-Twilio-Signature': signature(`${PUBLIC_URL}/webhooks/events`) };
      return signedJson(body, { headers });
    },
    401,
    'signature_invalid',
  ],
  wrongHash('a body that was changed', `bodySHA256=${HASH}`),
  wrongHash('no hash of the body', ''),
  wrongHash('no hash, and a query', '', 'sink=1'),
  wrongHash('an empty hash', 'bodySHA256='),
  wrongHash('a hash in capitals', (hash) => `bodySHA256=${hash.toUpperCase()}`),
  wrongHash('a hash that is cut short', (hash) => `bodySHA256=${hash.slice(1)}`),
  wrongHash('the right hash twice', (hash) => `bodySHA256=${hash}&bodySHA256=${hash}`),
  wrongHash('another hash and the right one', undefined, `bodySHA256=${HASH}`),
  wrongHash('the right hash under an escaped name', (hash) => `body%53HA256=${hash}`),
  wrongHash('the right hash with more behind it', (hash) => `bodySHA256=${hash}=`),
  refused(401, 'body_hash_mismatch', 'a hash in the body', () => [{ ...sent(), bodySHA256: HASH }], { hashed: '' }),
  taken(
    'a sink whose URL has a query of its own',
    () => [sent()],
    () => ({ query: 'tenant=eu%2F1&x=' }),
  ),
];

const SHAPES: readonly Batch[] = [
  taken('a batch of one', () => [sent()]),
  taken('a single event', () => sent()),
  taken(
    'CloudEvents in their own type',
    () => [sent()],
    () => ({ headers: { 'Content-Type': 'application/cloudevents-batch+json; charset=utf-8' } }),
  ),
  taken(
    'a body in chunks',
    () => 'set below',
    () => {
      const body = JSON.stringify([sent()]);
      const [head, tail] = [body.slice(0, 40), body.slice(40)];
      return { body: chunked(head, tail), hashed: `bodySHA256=${sha256(body)}`, headers: CHUNKED };
    },
  ),
  taken(
    '1,000 events',
    () => Array.from({ length: 1_000 }, () => sent()),
    () => ({}),
    1_000,
  ),
  taken('1 MiB', () => JSON.stringify([sent()]).padEnd(1_048_576)),
  [`an empty batch`, () => signedJson([]), 204, 'ignored'],
  refused(413, 'too_many_events', '1,001 events', () => Array.from({ length: 1_001 }, () => sent())),
  refused(413, 'too_many_events', '1,001 times nothing', () => Array.from({ length: 1_001 }, () => 0)),
  refused(413, 'body_too_large', '1 MiB and a byte', () => JSON.stringify([sent()]).padEnd(1_048_577)),
  refused(413, 'body_too_large', '1 MiB and a byte in chunks', () => [sent()], {
    body: chunked(' '.repeat(1_048_577)),
    headers: CHUNKED,
  }),
  refused(400, 'malformed_json', 'a form that is called JSON', () => 'MessageSid=SM1&MessageStatus=sent'),
  refused(415, 'content_type', 'JSON that is called a form', () => [sent()], {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }),
  refused(415, 'content_type', 'no type', () => [sent()], { headers: { 'Content-Type': null } }),
  refused(415, 'content_type', 'JSON in UTF-16', () => [sent()], {
    headers: { 'Content-Type': 'application/json; charset=utf-16' },
  }),
  refused(415, 'content_encoding', 'a compressed body', () => [sent()], { headers: { 'Content-Encoding': 'gzip' } }),
];

const SYNTAX: readonly Batch[] = [
  refused(400, 'malformed_json', '50,000 lists in each other', () => deep(50_000)),
  refused(400, 'malformed_json', '17 lists in each other', () => deep(17)),
  refused(400, 'malformed_json', '17 levels in an event', () => [of({ tags: nested(13) })]),
  taken('16 levels in an event', () => [of({ tags: nested(12) })]),
  refused(400, 'malformed_json', 'a number', () => '42'),
  refused(400, 'malformed_json', 'null', () => 'null'),
  refused(400, 'malformed_json', 'true', () => 'true'),
  refused(400, 'malformed_json', 'a text', () => '"[]"'),
  refused(400, 'malformed_json', 'an empty body', () => ''),
  refused(400, 'malformed_json', 'JSON that breaks off', () => JSON.stringify([sent()]).slice(0, -3)),
  refused(400, 'malformed_json', 'JSON with more behind it', () => `${JSON.stringify([sent()])}[]`),
  refused(400, 'malformed_json', 'events that nothing separates', () => JSON.stringify(sent()).repeat(2)),
  refused(400, 'malformed_json', 'NaN', () => '[{"type":"x","id":"y","data":NaN}]'),
  refused(400, 'malformed_json', 'a byte order mark', () => `\uFEFF${JSON.stringify([sent()])}`),
  refused(400, 'malformed_json', 'bytes that are no UTF-8', () => Buffer.from('5b22ff225d', 'hex')),
  refused(400, 'malformed_json', 'half a surrogate pair in UTF-8', () => Buffer.from('5b22eda080225d', 'hex')),
  givenTwice('a type given twice', '"type":', '"type":"a","type":'),
  givenTwice('a type given twice, once escaped', '"type":', '"\\u0074ype":"a","type":'),
  givenTwice('a SID given twice', '"messageSid":', '"messageSid":"SM1","messageSid":'),
  givenTwice('data given twice', '"data":', '"data":{},"data":'),
  givenTwice('an error code given twice', '"from":', '"errorCode":1,"errorCode":2,"from":'),
  taken('a name given twice that nobody reads', () =>
    JSON.stringify([sent()]).replace('"from":', '"seen":1,"seen":2,"tags":{"type":1,"type":2},"from":'),
  ),
  [
    'a SID given twice in one event of three',
    () => signedJson(`[${JSON.stringify(sent())},${twice('"messageSid":', '"messageSid":"SM1","messageSid":')}]`),
    204,
    'accepted',
    { accepted: 1, malformed_json: 1 },
  ],
  refused(400, 'malformed_json', '__proto__', () => '[{"type":"a","id":"c","__proto__":{"type":"b"}}]'),
  refused(400, 'malformed_json', '__proto__, escaped', () => '[{"type":"a","id":"c","\\u005f_proto__":{"x":1}}]'),
  taken('names that every object has', () =>
    JSON.stringify([of({ constructor: 1, toString: [], hasOwnProperty: null, valueOf: 'x' })]),
  ),
];

const EVENTS: readonly Batch[] = [
  unusable('malformed_json', 'a list in a list', () => []),
  unusable('malformed_json', 'nothing in a list', () => null),
  unusable('malformed_json', 'a number in a list', () => 7),
  ['an empty event', () => signedJson({}), 400, 'malformed_json', { malformed_json: 1 }],
  unusable('missing_field', 'no type', () => ({ id: 'x' })),
  unusable('invalid_field', 'a type that is no text', () => ({ type: 7, id: 'x' })),
  unusable('invalid_field', 'a type with blanks', () => ({ type: 'com.twilio.a b', id: 'x' })),
  unusable('invalid_field', 'a type that is too long', () => ({ type: 'x'.repeat(201), id: 'x' })),
  unusable('missing_field', 'no id', () => of({}, { id: '' })),
  unusable('invalid_field', 'an id that is a number', () => of({}, { id: 7 })),
  unusable('invalid_field', 'an id of 257 characters', () => of({}, { id: 'x'.repeat(257) })),
  taken('an id of 256 characters', () => [of({}, { id: 'x'.repeat(256) })]),
  taken('an id of half a surrogate pair and control characters', () => [of({}, { id: '\ud800\u0000\n' })]),
  unusable('missing_field', 'no data', () => of({}, { data: undefined })),
  unusable('invalid_field', 'data that is a list', () => of({}, { data: [1] })),
  unusable('invalid_field', 'data that is a number', () => of({}, { data: 1 })),
  unusable('invalid_field', 'data that is a number in a text', () => of({}, { data: '1' })),
  unusable('malformed_json', 'data that is a text and no JSON', () => of({}, { data: 'sent' })),
  unusable('malformed_json', '__proto__ in a text', () => of({}, { data: '{"__proto__":{}}' })),
  unusable('malformed_json', 'a name given twice in a text', () =>
    of({}, { data: '{"messageSid":"a","messageSid":"b"}' }),
  ),
  unusable('malformed_json', '17 levels in a text', () => of({}, { data: deep(17) })),
  unusable('malformed_json', 'a byte order mark in a text', () => of({}, { data: '\uFEFF{}' })),
  unusable('invalid_field', 'a text in a text', () => of({}, { data: JSON.stringify(JSON.stringify(sent()['data'])) })),
  taken('data in a text', () => [of({}, { data: JSON.stringify(sent()['data']) })]),
  unusable('too_old', 'an event of long ago', () => of({}, { time: '2026-09-01T00:00:00Z' })),
  taken('an event without a time', () => [of({}, { time: undefined })]),
  taken('an event whose time is no time', () => [of({}, { time: 'soon' })]),
  taken('an event of an account that is not the one who signed', () => [of({ accountSid: `AC${'9'.repeat(32)}` })]),
  taken(
    'events of three accounts',
    () => ['1', '2', '3'].map((digit) => of({ accountSid: `AC${digit.repeat(32)}` })),
    () => ({}),
    3,
  ),
];

const FIELDS: readonly Batch[] = [
  unusable('missing_field', 'no SID', () => of({ messageSid: null })),
  unusable('missing_field', 'an empty SID', () => of({ messageSid: '' })),
  unusable('invalid_field', 'a list where a SID is due', () => of({ messageSid: [freshSid('SM')] })),
  unusable('invalid_field', 'an object where a SID is due', () => of({ messageSid: {} })),
  unusable('invalid_sid', 'a SID in capitals', () => of({ messageSid: `SM${'B'.repeat(32)}` })),
  unusable('invalid_sid', "a call's SID", () => of({ messageSid: freshSid('CA') })),
  unusable('invalid_sid', 'a line break behind a SID', () => of({ messageSid: `${freshSid('SM')}\n` })),
  unusable('invalid_sid', 'a number where a SID is due', () => of({ messageSid: 7 })),
  unusable('missing_field', 'no status', () => of({ messageStatus: undefined })),
  unusable('invalid_field', 'a status that is a list', () => of({ messageStatus: ['SENT'] })),
  unusable('invalid_field', 'control characters in a status', () => of({ messageStatus: 'SE\u0000NT' })),
  taken('a status that nobody knows', () => [of({ messageStatus: 'TELEPORTED' })]),
  taken('half a surrogate pair for a status', () => [of({ messageStatus: '\udc00' })]),
  taken('a status that is a number', () => [of({ messageStatus: 7 })]),
  unusable('invalid_field', 'an error code that is true', () => of({ errorCode: true })),
  [
    'an error code beyond all numbers',
    () => signedJson(JSON.stringify([of({ errorCode: 7_777 })]).replace('7777', '1e400')),
    400,
    'invalid_field',
    { invalid_field: 1 },
  ],
  ...[1e21, -1, 30_003.5, '030003', ' 30003', '9'.repeat(400)].map((errorCode) =>
    taken(`an error code that is ${JSON.stringify(errorCode).slice(0, 12)}`, () => [
      messageEvent(freshSid('SM'), 'FAILED', { errorCode }),
    ]),
  ),
  ...[0, -3, 1.5, 1e9, 'many', null].map((numberOfSegments) =>
    taken(`${numberOfSegments} segments`, () => [of({ numberOfSegments })]),
  ),
  unusable('invalid_field', 'segments that are a list', () => of({ numberOfSegments: [1] })),
];

const KINDS: readonly Batch[] = [
  [
    'the second of three is bad',
    () => signedJson([sent(), messageEvent('SM1', 'SENT'), sent()]),
    204,
    'accepted',
    { accepted: 2, invalid_sid: 1 },
  ],
  [
    'nothing in it can be used: the first reason',
    () => signedJson([of({ messageSid: '' }), 7, of({}, { data: 7 })]),
    400,
    'missing_field',
    { missing_field: 1, malformed_json: 1, invalid_field: 1 },
  ],
  [
    'nothing in it can be used but what is ignored',
    () => signedJson([7, cloudEvent('com.twilio.brand-new', {})]),
    204,
    'ignored',
    { malformed_json: 1, ignored: 1 },
  ],
  ignored('a type that nobody knows', () => cloudEvent('com.twilio.brand-new', {})),
  ignored('a type that is no type of Twilio', () => cloudEvent('__proto__', {})),
  ignored('the test event of a sink', () => test(TEST_ID)),
  ignored('the same one again', () => test(TEST_ID)),
  ignored('one without an id of the test', () => test(undefined)),
  ignored('one with the SID of a message for it', () => test(freshSid('SM'))),
  ignored('the deprecated twin of a call event', () =>
    cloudEvent('com.twilio.voice.webhook.status-callback.call.completed', {}),
  ),
];

const TEST_ID = 'cae2f9e2-c277-4612-8ad3-93c1a7a3ef88';
const test = (test_id: unknown): Json =>
  cloudEvent('com.twilio.eventstreams.test-event', { test_id }, { id: ACCOUNT, source: 'Sink' });

/** Every hostile or odd batch that is one write and one answer, by what is odd about it. */
export const BATCHES: Readonly<Record<string, readonly Batch[]>> = {
  'signature and hash': SIGNATURES,
  'size and type of the body': SHAPES,
  'the JSON': SYNTAX,
  'what stands for an event': EVENTS,
  'its fields': FIELDS,
  'its kind': KINDS,
};
