import { CHUNKED, chunked, form, message, request, signed, signedGet } from '../support/wire.ts';
import type { Row } from './row.ts';

const at = (target: string, method = 'POST') => signed(message(), { target, method });
const TARGET = '/webhooks/message';
const line = (text: string) => `${text}\r\nHost: agent.example\r\nContent-Length: 0\r\n\r\n`;

const old = (headers: Record<string, string>) => signed(message(), { version: '1.0', headers });

export const METHODS: readonly Row[] = [
  ...['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'PURGE'].map(
    (method): Row => [`${method} on a family`, () => at(TARGET, method), 405, 'message/method_not_allowed'],
  ),
  ['OPTIONS *', () => request({ method: 'OPTIONS', target: '*' }), 404, 'transport/not_found'],
  ['OPTIONS on a page', () => request({ method: 'OPTIONS', target: '/metrics' }), 405, 'transport/method_not_allowed'],
  ['POST on a page', () => request({ target: '/metrics' }), 405, 'transport/method_not_allowed'],
  ['TRACE on a page', () => request({ method: 'TRACE', target: '/health' }), 405, 'transport/method_not_allowed'],
  ['DELETE on the home page', () => request({ method: 'DELETE', target: '/' }), 405, 'transport/method_not_allowed'],
  ['PUT where nothing is', () => request({ method: 'PUT', target: '/nothing' }), 404, 'transport/not_found'],
  ['CONNECT', () => 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', 0, 'transport/connect'],
  [
    'Upgrade: websocket on a family',
    () => signedGet(message(), { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } }),
    405,
    'message/method_not_allowed',
  ],
  [
    'Upgrade: WebSocket among others',
    () => signed(message(), { headers: { Connection: 'keep-alive, Upgrade', Upgrade: 'foo, WebSocket' } }),
    405,
    'message/method_not_allowed',
  ],
  [
    'Upgrade: websocket on a page',
    () => request({ method: 'GET', target: '/', headers: { Connection: 'Upgrade', Upgrade: 'websocket' } }),
    405,
    'transport/method_not_allowed',
  ],
  [
    'Upgrade: h2c, as curl offers it',
    () =>
      signed(message(), {
        headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' },
      }),
    204,
    'message/accepted',
  ],
  ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'transport/bad_request'],
  ['a TLS hello', () => Buffer.from('16030100c8010000c403035f', 'hex'), 400, 'transport/bad_request'],
  ['SSH', () => 'SSH-2.0-OpenSSH_9.6\r\n', 400, 'transport/bad_request'],
  ['a SOCKS5 hello', () => Buffer.from('050100', 'hex'), 400, 'transport/bad_request'],
  ['an unknown method', () => line(`FOO ${TARGET} HTTP/1.1`), 400, 'transport/bad_request'],
  ['a method in lower case', () => line(`post ${TARGET} HTTP/1.1`), 400, 'transport/bad_request'],
  [
    'X-HTTP-Method-Override',
    () => signed(message(), { headers: { 'X-HTTP-Method-Override': 'DELETE' } }),
    204,
    'message/accepted',
  ],
  [
    'GET with a body',
    () => Buffer.concat([signedGet(message(), { headers: { 'Content-Length': '4' } }), Buffer.from('a=b&')]),
    204,
    'message/accepted',
  ],
  [
    'GET with a chunked body that is malformed',
    () =>
      Buffer.concat([
        signedGet(message(), {
          headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/x-www-form-urlencoded' },
        }),
        Buffer.from('ZZ\r\n'),
      ]),
    400,
    'message/bad_request',
  ],
  [
    'GET with a chunked body of no type',
    () =>
      Buffer.concat([signedGet(message(), { headers: { 'Transfer-Encoding': 'chunked' } }), Buffer.from('0\r\n\r\n')]),
    415,
    'message/content_type',
  ],
  [
    'a page with a chunked body that is malformed',
    () =>
      Buffer.concat([
        request({ method: 'GET', target: '/metrics', headers: { 'Transfer-Encoding': 'chunked' } }),
        Buffer.from('ZZ\r\n'),
      ]),
    400,
    'transport/bad_request',
  ],
  ['Expect: 100-continue', () => signed(message(), { headers: { Expect: '100-continue' } }), 204, 'message/accepted'],
  [
    'Expect: 100-Continue, twice',
    () => signed(message(), { headers: { Expect: '100-Continue, 100-continue' } }),
    204,
    'message/accepted',
  ],
  ['an Expect of nothing', () => signed(message(), { headers: { Expect: ' , ' } }), 204, 'message/accepted'],
  ['Expect: 100-continue in HTTP/1.0', () => old({ Expect: '100-continue' }), 204, 'message/accepted'],
  ...[
    'miracles',
    '100-continue, miracles',
    '100-continued',
    '101-continue',
    '100-continue; q=1',
    '100-continue=1',
    '"100-continue"',
  ].map(
    (expect): Row => [
      `Expect: ${expect}`,
      () => signed(message(), { headers: { Expect: expect } }),
      417,
      'message/bad_request',
    ],
  ),
  ['Expect: miracles in HTTP/1.0', () => old({ Expect: 'miracles' }), 417, 'message/bad_request'],
  [
    'Expect: miracles on a page',
    () => request({ method: 'GET', target: '/live', headers: { Expect: 'miracles' } }),
    417,
    'transport/bad_request',
  ],
  [
    'Expect: miracles where nothing is',
    () => request({ target: '/nowhere', headers: { Expect: 'miracles' } }),
    417,
    'transport/bad_request',
  ],
];

const notFound = [
  `${TARGET}/`,
  '//webhooks/message',
  '/webhooks//message',
  '/x/../webhooks/message',
  '/webhooks/./message',
  '/webhooks%2Fmessage',
  '/webhooks/%6dessage',
  '/webhooks/%2e%2e/webhooks/message',
  '/webhooks/message%00',
  '/webhooks/message%20',
  '/webhooks/%ZZ',
  '/webhooks/Message',
  '/webhooks/message;a=b',
  '/webhooks/message\\',
  '/webhooks',
  '/webhooks/',
  '/',
  '/metrics/../',
  '/metrics/',
  '/__proto__',
  '/constructor',
  'ftp://agent.example/webhooks/message',
  'http://agent.example',
];

export const PATHS: readonly Row[] = [
  ...notFound
    .filter((target) => !['/', 'http://agent.example'].includes(target))
    .map((target): Row => [`POST ${target}`, () => at(target), 404, 'transport/not_found']),
  ['POST /', () => at('/'), 405, 'transport/method_not_allowed'],
  ['POST http://agent.example', () => at('http://agent.example'), 405, 'transport/method_not_allowed'],
  [
    'the absolute form, whose path is signed',
    () => signed(message(), { target: `http://evil.example${TARGET}`, signedUrl: `https://agent.example${TARGET}` }),
    204,
    'message/accepted',
  ],
  [
    'the absolute form in upper case, with a port and a user',
    () =>
      signed(message(), { target: `HTTPS://me@evil.example:99${TARGET}`, signedUrl: `https://agent.example${TARGET}` }),
    204,
    'message/accepted',
  ],
  [
    'the absolute form, signed for its host',
    () => signed(message(), { target: `http://evil.example${TARGET}`, signedUrl: `http://evil.example${TARGET}` }),
    401,
    'message/signature_invalid',
  ],
  ['a fragment', () => at(`${TARGET}#x`), 400, 'message/bad_request'],
  ['a fragment after the query', () => at(`${TARGET}?a=b#rc=3`), 400, 'message/bad_request'],
  ['a fragment of nothing', () => at(`${TARGET}#`), 400, 'message/bad_request'],
  ['a URL of 9 kB', () => at(`${TARGET}?${'a'.repeat(9_000)}`), 414, 'message/url_too_long'],
  ['an absolute form of 9 kB', () => at(`http://${'e'.repeat(9_000)}${TARGET}`), 414, 'message/url_too_long'],
  ['a URL of 9 kB where nothing is', () => at(`/${'a'.repeat(9_000)}`), 414, 'transport/url_too_long'],
  ['a URL of 20 kB', () => at(`${TARGET}?${'a'.repeat(20_000)}`), 431, 'transport/headers_too_many'],
  ['a query of 3 kB', () => at(`${TARGET}?${'a'.repeat(3_000)}`), 204, 'message/accepted'],
  [
    'a page with a query of 9 kB',
    () => request({ method: 'GET', target: `/metrics?${'a'.repeat(9_000)}` }),
    414,
    'transport/url_too_long',
  ],
  [
    'a page with a query of 7 kB',
    () => request({ method: 'GET', target: `/health?${'a'.repeat(7_000)}` }),
    200,
    'nothing',
  ],
  ['NUL in the request line', () => line(`POST ${TARGET}\u0000 HTTP/1.1`), 400, 'transport/bad_request'],
  ['a space in the target', () => line(`POST ${TARGET} x HTTP/1.1`), 400, 'transport/bad_request'],
  ['a non-breaking space in the query', () => at(`${TARGET}?a\u00a0b`), 400, 'transport/bad_request'],
];

const framed = (headers: Record<string, string | null>, body = form(message()), lines: string[] = []) =>
  request({ headers, body, lines });
const withLine = (text: string) => signed(message(), { lines: [text] });
const filler = (count: number) => Array.from({ length: count }, (_, i) => `x${i}: y`);

export const FRAMING: readonly Row[] = [
  [
    'Content-Length and Transfer-Encoding',
    () => framed({ 'Transfer-Encoding': 'chunked' }, chunked('a=b')),
    400,
    'transport/bad_request',
  ],
  ['Content-Length twice, the same', () => framed({}, 'a=b', ['Content-Length: 3']), 400, 'transport/bad_request'],
  ['Content-Length twice, different', () => framed({}, 'a=b', ['Content-Length: 4']), 400, 'transport/bad_request'],
  ...['-3', '+3', '0x3', '3 3', '3,3', '', '99999999999999999999999', '3.0'].map(
    (length): Row => [
      `Content-Length ${length}`,
      () => framed({ 'Content-Length': length }, 'a=b'),
      400,
      'transport/bad_request',
    ],
  ),
  ...['chunked, identity', 'xchunked', 'chunked, gzip', 'identity', 'gzip, chunked', 'chunked, chunked'].map(
    (coding): Row => [
      `Transfer-Encoding ${coding}`,
      () => framed({ 'Content-Length': null, 'Transfer-Encoding': coding }, chunked('a=b')),
      400,
      coding.startsWith('chunked,') ? 'transport/bad_request' : 'message/bad_request',
    ],
  ),
  ['a chunk size that is none', () => framed(CHUNKED, 'zz\r\na=b\r\n0\r\n\r\n'), 400, 'message/bad_request'],
  ['a chunk that is longer than it says', () => framed(CHUNKED, '2\r\na=b\r\n0\r\n\r\n'), 400, 'message/bad_request'],
  [
    'a chunk extension of 20 kB',
    () => framed(CHUNKED, `3;${'x'.repeat(20_000)}\r\na=b\r\n0\r\n\r\n`),
    413,
    'message/body_too_large',
  ],
  [
    'a chunk extension of 100 bytes',
    () => framed(CHUNKED, `3;${'x'.repeat(100)}\r\na=b\r\n0\r\n\r\n`),
    401,
    'message/signature_missing',
  ],
  [
    'a trailer of 20 kB',
    () => framed(CHUNKED, `3\r\na=b\r\n0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    431,
    'message/headers_too_many',
  ],
  ['a space before a colon', () => withLine('X-Odd : 1'), 400, 'transport/bad_request'],
  ['a folded header', () => withLine('X-Odd: 1\r\n 2'), 400, 'transport/bad_request'],
  ['a header that ends in LF', () => withLine('X-Odd: 1\nX-Even: 2'), 400, 'transport/bad_request'],
  ['CR in a header', () => withLine('X-Odd: 1\r2'), 400, 'transport/bad_request'],
  ['NUL in a header', () => withLine('X-Odd: 1\u00002'), 400, 'transport/bad_request'],
  ['a header without a name', () => withLine(': 1'), 400, 'transport/bad_request'],
  ['a header without a colon', () => withLine('X-Odd'), 400, 'transport/bad_request'],
  ['no Host', () => signed(message(), { headers: { Host: null } }), 400, 'message/bad_request'],
  [
    'no Host, where nothing is',
    () => request({ target: '/nothing', headers: { Host: null } }),
    400,
    'transport/bad_request',
  ],
  ['Host twice', () => signed(message(), { lines: ['Host: evil.example'] }), 400, 'message/bad_request'],
  ['HTTP/0.9, a bare line', () => `GET ${TARGET}\r\n\r\n`, 400, 'message/bad_request'],
  ['HTTP/0.9, by name', () => signed(message(), { version: '0.9' }), 400, 'message/bad_request'],
  ['HTTP/1.0', () => signed(message(), { version: '1.0' }), 204, 'message/accepted'],
  [
    'HTTP/1.0 without Host',
    () => signed(message(), { version: '1.0', headers: { Host: null } }),
    204,
    'message/accepted',
  ],
  ['HTTP/2.0', () => signed(message(), { version: '2.0' }), 400, 'message/bad_request'],
  ['HTTP/9.9', () => signed(message(), { version: '9.9' }), 400, 'transport/bad_request'],
  ['HTTP/1.2', () => signed(message(), { version: '1.2' }), 400, 'transport/bad_request'],
  ['a header of 20 kB', () => withLine(`X-Odd: ${'x'.repeat(20_000)}`), 431, 'transport/headers_too_many'],
  [
    '1,500 headers',
    () => signed(message(), { lines: Array.from({ length: 1_500 }, () => 'x:y') }),
    431,
    'message/headers_too_many',
  ],
  ['101 headers', () => signed(message(), { lines: filler(97) }), 431, 'message/headers_too_many'],
  ['100 headers', () => signed(message(), { lines: filler(96) }), 204, 'message/accepted'],
  [
    '101 headers on a page',
    () => request({ method: 'GET', target: '/metrics', lines: filler(98) }),
    431,
    'transport/headers_too_many',
  ],
];
