import { expect } from 'chai';
import { FRAMING } from '../receive/rows/request.ts';
import { chunked, request } from '../receive/support/wire.ts';
import { Front, STATUS } from './support/front.ts';
import { find } from './support/upstream.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
const NO_LENGTH = { 'Content-Length': null } as const;
const CHUNKS = { ...NO_LENGTH, 'Transfer-Encoding': 'chunked' } as const;

/** A request to a forwarded path, and the status of the answer; below 300 it reaches the application, once and whole. */
type Row = readonly [name: string, bytes: () => Buffer, status: number];

/** What the receiver's own paths refuse because of what they are, not because it is dangerous. */
const HARMLESS: Readonly<Record<string, number>> = {
  '1,500 headers': 204,
  '101 headers': 204,
  'a chunk extension of 100 bytes': 204,
};

/** The rows of the receiver's own paths that have to do with framing, sent to a forwarded path. */
const SAME: readonly Row[] = FRAMING.filter(([name]) => !/page|where nothing/.test(name)).map(
  ([name, bytes, status]) => [
    name,
    () => Buffer.from(Buffer.from(bytes()).toString('latin1').replaceAll('/webhooks/message', STATUS), 'latin1'),
    HARMLESS[name] ?? status,
  ],
);

const post = (headers: Record<string, string | null>, body: string, lines: string[] = []) =>
  request({ target: STATUS, headers, body, lines });
const raw = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'), 'latin1');

const MORE: readonly Row[] = [
  ['CL.TE', () => post({ 'Content-Length': '6' }, `0\r\n\r\n${SMUGGLED}`, ['Transfer-Encoding: chunked']), 400],
  ['TE.CL', () => post({ 'Content-Length': '4' }, chunked(SMUGGLED), ['Transfer-Encoding: chunked']), 400],
  ...[' chunked', '\tchunked', 'chunked ', 'CHUNKED'].map(
    (coding): Row => [
      `Transfer-Encoding:${JSON.stringify(coding)}`,
      () => post({ ...NO_LENGTH, 'Transfer-Encoding': coding }, chunked('a=b')),
      204,
    ],
  ),
  ...['\u000bchunked', 'chunked\u0000', '"chunked"', 'chunked;q=1', 'x, chunked', ' , chunked', 'chunked,'].map(
    (coding): Row => [
      `Transfer-Encoding:${JSON.stringify(coding)}`,
      () => post({ ...NO_LENGTH, 'Transfer-Encoding': coding }, chunked('a=b')),
      400,
    ],
  ),
  ['Transfer-Encoding twice', () => post(CHUNKS, chunked('a=b'), ['Transfer-Encoding: chunked']), 400],
  ['Transfer-Encoding twice, the second one odd', () => post(CHUNKS, chunked('a=b'), ['Transfer-encoding: cow']), 400],
  [
    'Transfer-Encoding with a space before its colon',
    () => post(NO_LENGTH, chunked('a=b'), ['Transfer-Encoding : chunked']),
    400,
  ],
  [
    'Transfer-Encoding in a folded line',
    () => post({ 'Content-Length': '3' }, 'a=b', ['X: y', ' Transfer-Encoding: chunked']),
    400,
  ],
  ['chunks in HTTP/1.0', () => request({ target: STATUS, version: '1.0', headers: CHUNKS, body: chunked('a=b') }), 400],
  ['a chunk size with a prefix', () => post(CHUNKS, `0x3\r\na=b\r\n0\r\n\r\n${SMUGGLED}`), 400],
  ['a chunk size with a sign', () => post(CHUNKS, `+3\r\na=b\r\n0\r\n\r\n`), 400],
  ['a chunk size of 17 digits', () => post(CHUNKS, '10000000000000003\r\na=b\r\n0\r\n\r\n'), 400],
  ['chunks that end in LF', () => post(CHUNKS, '3\na=b\n0\n\n'), 400],
  ['a chunk extension with LF', () => post(CHUNKS, `3;x\na=b\r\n0\r\n\r\n`), 400],
  ['a header that Connection names: Content-Length', () => post({ Connection: 'Content-Length' }, SMUGGLED), 204],
  [
    'a header that Connection names: Transfer-Encoding',
    () => post({ ...CHUNKS, Connection: 'transfer-encoding' }, chunked(SMUGGLED)),
    204,
  ],
  ['a header that Connection names: Host', () => post({ Connection: 'Host, close' }, 'a=b'), 204],
  ['a GET whose body is a request', () => request({ method: 'GET', target: STATUS, body: SMUGGLED }), 204],
  ['a request in the body of a HEAD', () => request({ method: 'HEAD', target: STATUS, body: SMUGGLED }), 204],
  [
    'an offer to upgrade to h2c, with a body',
    () => post({ Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }, SMUGGLED),
    204,
  ],
  [
    'a WebSocket',
    () =>
      request({
        method: 'GET',
        target: STATUS,
        headers: { ...NO_LENGTH, Connection: 'Upgrade', Upgrade: 'websocket' },
      }),
    405,
  ],
  ['CONNECT', () => raw('CONNECT app:1 HTTP/1.1', 'Host: app:1', '', ''), 0],
  ['a target that ends a line', () => raw(`POST ${STATUS}?a\nX: y HTTP/1.1`, 'Host: x', '', ''), 400],
  ['a fragment', () => request({ target: `${STATUS}#x` }), 400],
  ['Content-Length in the trailer', () => post(CHUNKS, '3\r\na=b\r\n0\r\nContent-Length: 9\r\nHost: y\r\n\r\n'), 400],
  ...[
    '/twilio/../secret',
    '/twilio/%2e%2e/secret',
    '/twilio/x/..%2Fsecret',
    '/twilio/.%2E/x',
    '/twilio/..;a=b/secret',
    '/twilio/..\\secret',
    '/twilio/..',
  ].map((target): Row => [`${target}, out of the prefix`, () => request({ target }), 400]),
  ...['/twilio/..a', '/twilio/a..', '/twilio/...', '/twilio/./x', '/twilio/x?../..'].map(
    (target): Row => [`${target}, within the prefix`, () => request({ target }), 204],
  ),
];

describe('forward: nothing is smuggled', () => {
  let front: Front;
  before(async () => (front = await Front.start({}, { 'receivers.twilio.headers_timeout': '1s' })));
  after(() => front.stop());

  for (const [name, bytes, status] of [...SAME, ...MORE]) {
    it(`${name}: ${status || 'closed'}`, async () => {
      front.app.forget();
      const answer = (await front.send(bytes())).toString('latin1');
      expect(Number(answer.slice(9, 12)), answer).to.equal(status);
      expect(front.app.requests).to.have.length(status >= 200 && status < 300 ? 1 : 0);
      for (const { line, headers } of front.app.requests) {
        expect(line).to.not.include('smuggled');
        const framing = headers.filter(
          (each, i) => i % 2 === 0 && /^(?:content-length|transfer-encoding)$/i.test(each),
        );
        expect(framing.length, framing.join()).to.be.at.most(1);
        expect(headers.filter((each, i) => i % 2 === 0 && /^host$/i.test(each))).to.have.length(1);
        expect(find(headers, 'upgrade')).to.equal(undefined);
      }
      // What a refused one left behind is no part of the next one.
      await front.send(request({ target: STATUS, body: 'next=1' }));
      expect(front.app.last.body.toString()).to.equal('next=1');
    });
  }
});
