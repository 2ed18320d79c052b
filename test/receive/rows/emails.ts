import { NOON_MS } from '../../manual-clock.ts';
import { SIGNATURE, TIMESTAMP } from '../../sendgrid.ts';
import { type EmailSigning, email, OTHER_SIGNER, signedEmails } from '../support/sendgrid.ts';
import { CHUNKED, chunked, PUBLIC_URL, request, signature, signed } from '../support/wire.ts';
import type { Batch } from './batches.ts';

const HOUR_S = 3_600;
const ago = (seconds: number) => String(NOON_MS / 1_000 - seconds);
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const nested = (levels: number): unknown => (levels === 0 ? {} : [nested(levels - 1)]);

/** What is counted of every event. */
const taken = (name: string, value: () => unknown, options: EmailSigning = {}, count = 1): Batch => [
  name,
  () => signedEmails(value(), options),
  204,
  'accepted',
  { accepted: count },
];
/** What no event is read of. */
const refused = (
  status: number,
  outcome: string,
  name: string,
  value: () => unknown,
  options?: EmailSigning,
): Batch => [name, () => signedEmails(value(), options), status, outcome];
/** One event, which cannot be used. */
const unusable = (reason: string, name: string, value: () => unknown): Batch => [
  name,
  () => signedEmails([value()]),
  400,
  reason,
  { [reason]: 1 },
];
const one = () => [email()];
const written = () => JSON.stringify(one());
const unsigned = (name: string, options: EmailSigning) => refused(401, 'signature_missing', name, one, options);
const forged = (name: string, options: EmailSigning) => refused(401, 'signature_invalid', name, one, options);

const SIGNATURES: readonly Batch[] = [
  taken('as SendGrid signs it', one),
  taken('a URL with a query: nothing of it is signed', one, { target: '/webhooks/sendgrid?account=eu' }),
  unsigned('no signature', { headers: { [SIGNATURE]: null } }),
  unsigned('no time', { headers: { [TIMESTAMP]: null } }),
  unsigned("Twilio's signature, with its token", {
    headers: {
      [SIGNATURE]: null,
      [TIMESTAMP]: null,
      'X-Twilio-Signature': signature(`${PUBLIC_URL}/webhooks/sendgrid`),
    },
  }),
  forged('an empty signature', { headers: { [SIGNATURE]: '' } }),
  forged('a signature that is no base64', { headers: { [SIGNATURE]: 'MEUCIQ***' } }),
  forged("another account's key", { signer: OTHER_SIGNER }),
  forged('another body', { signs: '[]' }),
  forged('another time', { headers: { [TIMESTAMP]: ago(1) } }),
  forged('a time that is no number', { timestamp: 'now' }),
  forged('the signature twice', { lines: [`${SIGNATURE}: MEUCIQ==`] }),
  forged('the time twice', { lines: [`${TIMESTAMP}: ${ago(0)}`] }),
  taken('a time of 24 hours ago', one, { timestamp: ago(24 * HOUR_S) }),
  refused(400, 'too_old', 'a time of 26 hours ago', one, { timestamp: ago(26 * HOUR_S) }),
  refused(400, 'too_old', 'a time two hours ahead', one, { timestamp: ago(-2 * HOUR_S) }),
];

const SHAPES: readonly Batch[] = [
  taken('a single event', () => email()),
  taken('events without line ends', written),
  [
    'a body in chunks',
    () => {
      const body = written();
      return signedEmails('', { body: chunked(body.slice(0, 40), body.slice(40)), signs: body, headers: CHUNKED });
    },
    204,
    'accepted',
    { accepted: 1 },
  ],
  taken('JSON that says its encoding', one, { headers: { 'Content-Type': 'application/json;charset=utf-8' } }),
  taken('3,000 events: a full batch of short ones', () => Array.from({ length: 3_000 }, () => short()), {}, 3_000),
  taken('1 MiB', () => written().padEnd(1_048_576)),
  ['an empty batch', () => signedEmails([]), 204, 'ignored'],
  refused(413, 'too_many_events', '10,001 events', () => JSON.stringify(Array.from({ length: 10_001 }, () => 0))),
  refused(413, 'body_too_large', '1 MiB and a byte', () => written().padEnd(1_048_577)),
  refused(413, 'body_too_large', '1 MiB and a byte in chunks', one, {
    body: chunked(' '.repeat(1_048_577)),
    headers: CHUNKED,
  }),
  refused(415, 'content_type', 'JSON that is called a form', one, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }),
  [
    'a form, signed by Twilio',
    () => signed([['event', 'open']], { target: '/webhooks/sendgrid' }),
    415,
    'content_type',
  ],
  refused(415, 'content_type', 'no type', one, { headers: { 'Content-Type': null } }),
  refused(415, 'content_type', 'JSON in UTF-16', one, {
    headers: { 'Content-Type': 'application/json; charset=utf-16' },
  }),
  refused(415, 'content_encoding', 'a compressed body', one, { headers: { 'Content-Encoding': 'gzip' } }),
  ['a GET', () => request({ method: 'GET', target: '/webhooks/sendgrid' }), 405, 'method_not_allowed'],
  ['a PUT, signed', () => signedEmails(one(), { method: 'PUT' }), 405, 'method_not_allowed'],
];
const short = () => ({ event: 'open', sg_event_id: email().sg_event_id, timestamp: 1_791_979_392 });

const SYNTAX: readonly Batch[] = [
  refused(400, 'malformed_json', '50,000 lists in each other', () => deep(50_000)),
  refused(400, 'malformed_json', '17 levels in an argument', () => [email('open', { argument: nested(14) })]),
  taken('16 levels in an argument', () => [email('open', { argument: nested(13) })]),
  refused(400, 'malformed_json', 'a number', () => '42'),
  refused(400, 'malformed_json', 'null', () => 'null'),
  refused(400, 'malformed_json', 'a text', () => '"[]"'),
  refused(400, 'malformed_json', 'an empty body', () => ''),
  refused(400, 'malformed_json', 'JSON that breaks off', () => written().slice(0, -3)),
  refused(400, 'malformed_json', 'NaN', () => '[{"event":"open","sg_event_id":"x","timestamp":NaN}]'),
  refused(400, 'malformed_json', 'a byte order mark', () => `\uFEFF${written()}`),
  refused(400, 'malformed_json', 'bytes that are no UTF-8', () => Buffer.from('5b22ff225d', 'hex')),
  refused(
    400,
    'malformed_json',
    '__proto__',
    () => '[{"event":"open","sg_event_id":"x","__proto__":{"event":"click"}}]',
  ),
  [
    'an id given twice',
    () => signedEmails(written().replace('"sg_event_id":', '"sg_event_id":"a","sg_event_id":')),
    400,
    'malformed_json',
    { malformed_json: 1 },
  ],
  taken('an argument given twice', () => written().replace('"timestamp":', '"a":1,"a":2,"timestamp":')),
];

const EVENTS: readonly Batch[] = [
  unusable('malformed_json', 'a list in a list', () => [{ Key: 'event', Value: 'open' }]),
  unusable('malformed_json', 'nothing in a list', () => null),
  unusable('malformed_json', 'an event in a text', () => JSON.stringify(email())),
  unusable('missing_field', 'no event', () => email('')),
  unusable('invalid_field', 'an event that is an object', () => email('open', { event: {} })),
  unusable('invalid_field', 'an id that is a list', () => email('open', { sg_event_id: ['a'] })),
  unusable('missing_field', 'neither id nor time', () => email('open', { sg_event_id: '', timestamp: null })),
  taken('an event that nobody knows', () => [email('teleported')]),
  taken(
    'times that are absurd',
    () => [1, -7, 1e15, 'soon', null, '0001-01-01', 1e308].map((timestamp) => email('open', { timestamp })),
    {},
    7,
  ),
  taken('names that every object has', () => [email('open', { constructor: 1, toString: [], hasOwnProperty: null })]),
  [
    'the second of three is bad',
    () => signedEmails([email(), email('open', { sg_event_id: {} }), email()]),
    204,
    'accepted',
    { accepted: 2, invalid_field: 1 },
  ],
  [
    'nothing in it can be used: the first reason',
    () => signedEmails([email(''), 7]),
    400,
    'missing_field',
    { missing_field: 1, malformed_json: 1 },
  ],
  [
    'the test of the settings page',
    () =>
      signedEmails(
        ['processed', 'bounce'].map((event) => email(event, { 'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>' })),
      ),
    204,
    'ignored',
    { ignored: 2 },
  ],
];

/** Every hostile or odd batch at SendGrid's path that is one write and one answer, by what is odd about it. */
export const EMAILS: Readonly<Record<string, readonly Batch[]>> = {
  'signature and time': SIGNATURES,
  'size and type of the body': SHAPES,
  'the JSON': SYNTAX,
  'what stands for an event': EVENTS,
};
