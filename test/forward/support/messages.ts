import type { Random } from '../../fuzz/mutations.ts';

/** A message as it is to be written on a bare socket, and what of it must arrive at the other end. */
export interface Message {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
}

const SIZES = [0, 1, 2, 100, 1_000, 16_384, 65_536, 65_537, 200_000, 1_048_576];
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PROPFIND',
  'REPORT',
  'TRACE',
  'PURGE',
  'LINK',
];
const PIECES = [
  'a',
  'status',
  '%2F',
  '//',
  ';a=1',
  "'",
  '%00',
  '%zz',
  '.b',
  '..a',
  '~',
  '=',
  '&',
  '@',
  ':',
  ',',
  '+',
  '%E2%82%AC',
  '!',
  '(',
  ')',
  '*',
  '$',
  '[',
  ']',
  '|',
  '^',
  '`',
  '{',
  '"',
  '<',
  '\\',
];
const QUERIES = [
  '',
  '?',
  '??',
  '?a',
  '?a=',
  '?a=b&a=c',
  '?=',
  '?&&',
  '?a=%2F/%3f',
  "?it's",
  '?x=y;z',
  '?bodySHA256=',
  '?a=b?c=d',
];
const NAMES = [
  'Accept',
  'accept',
  'ACCEPT-Encoding',
  'Cookie',
  'cookie',
  'Authorization',
  'X-Twilio-Signature',
  'I-Twilio-Idempotency-Token',
  'X-Twilio-Webhooks-Signature-Settings',
  'X-Home-Region',
  'User-Agent',
  'If-None-Match',
  'If-Modified-Since',
  'x_under_score',
  'X-A',
  'x-a',
  'X-a',
  'Via',
  'Trailer',
  'Range',
  "!#$%&'*+.^`|~-",
];
const ANSWER_NAMES = [
  'Set-Cookie',
  'set-cookie',
  'Content-Type',
  'ETag',
  'Last-Modified',
  'Location',
  'WWW-Authenticate',
  'Date',
  'Server',
  'Vary',
  'X-A',
  'x-a',
  'Content-Encoding',
  'Link',
  'Retry-After',
  'Via',
  'Age',
  'Keep',
];
const HOP = [
  'Connection: keep-alive, X-Gone',
  'X-Gone: 1',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'TE: trailers',
];
const FORWARDED = [
  'X-Forwarded-For: 203.0.113.7',
  'x-forwarded-proto: http',
  'X-FORWARDED-HOST: a.example',
  'X-Forwarded-Port: 99',
];
const STATUSES = [
  '200 OK',
  '201 Created',
  '202 ',
  '204 No Content',
  '206 Partial',
  '299 Odd Indeed',
  '301 Moved',
  '302 Found',
  '304 Not Modified',
  '307 x',
  '400 Bad',
  '401 Unauthorized',
  '404 N\u00f6t Found',
  "418 I'm a teapot",
  '429 Slow',
  '500 Internal Server Error',
  '503 Busy',
  '599 x',
  '999 y',
];

/** A value of printable bytes, high ones and tabs among them, with nothing at its ends that a reader would drop. */
const value = (random: Random): string => {
  const inner = Array.from({ length: random.below(random.below(20) === 0 ? 600 : 30) }, () => {
    const code = random.below(20) === 0 ? 0x80 + random.below(128) : 0x20 + random.below(95);
    return random.below(40) === 0 ? '\t' : String.fromCharCode(code);
  });
  return inner
    .join('')
    .trim()
    .replaceAll(/^[\t \u00a0\u0085]+|[\t \u00a0\u0085]+$/g, '');
};

const fields = (random: Random, names: readonly string[], most: number): string[] =>
  Array.from({ length: random.below(most) }, () => `${random.pick(names)}: ${value(random)}`);

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return Array.from({ length: rest.length }, () => rest.splice(random.below(rest.length), 1)[0]!);
}

/** The same header may stand there often, in any case. */
const some = (random: Random, lines: readonly string[]): string[] => lines.filter(() => random.below(8) === 0);

function bytes(random: Random, size: number): Buffer {
  const body = Buffer.alloc(size);
  for (let i = 0; i < Math.min(size, 4_096); i++) body[i] = random.below(256);
  return body;
}

const size = (random: Random) => (random.below(12) === 0 ? random.pick(SIZES) : random.pick(SIZES.slice(0, 5)));

export function randomRequest(random: Random, prefix: string): Message {
  const method = random.pick(METHODS);
  const path = Array.from({ length: random.below(6) }, () => random.pick(PIECES)).join(random.pick(['', '/']));
  const framing = random.pick(
    method === 'HEAD' || method === 'TRACE' ? (['none'] as const) : (['none', 'length', 'chunked'] as const),
  );
  const more = random.below(30) === 0 ? 95 : 12;
  const headers = shuffled(random, [
    `${random.pick(['Host', 'host', 'HOST'])}: ${random.pick(['agent.example', 'agent.example:8443', '[::1]:80'])}`,
    ...fields(random, NAMES, more),
    ...some(random, HOP),
    ...some(random, FORWARDED),
  ]);
  return framed(random, `${method} ${prefix}${path}${random.pick(QUERIES)} HTTP/1.1`, headers, framing);
}

export function randomAnswer(random: Random, method: string): Message {
  const status = random.pick(STATUSES);
  const bare = method === 'HEAD' || status.startsWith('204') || status.startsWith('304');
  const headers = shuffled(random, [...fields(random, ANSWER_NAMES, 15), ...some(random, HOP)]);
  const framing = random.pick(bare ? (['none'] as const) : (['length', 'chunked', 'close'] as const));
  if (method === 'HEAD' && random.below(2) === 0) headers.push(`Content-Length: ${random.pick(SIZES)}`);
  return framed(random, `HTTP/1.1 ${status}`, headers, framing);
}

function framed(random: Random, line: string, lines: string[], framing: Message['framing']): Message {
  const body = framing === 'none' ? Buffer.alloc(0) : bytes(random, size(random));
  const at = random.below(lines.length + 1);
  if (framing === 'length') lines.splice(at, 0, `${random.pick(['Content-Length', 'content-length'])}: ${body.length}`);
  if (framing === 'chunked') lines.splice(at, 0, `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: chunked`);
  // Nothing follows a body that is not in chunks: there nobody announces it.
  const announces = (text: string) => framing !== 'chunked' && text.startsWith('Trailer:');
  const trailers =
    framing === 'chunked' && random.below(3) === 0 ? fields(random, ['X-Checksum', 'x-t', 'ETag'], 4) : [];
  return {
    line,
    headers: lines.filter((text) => !announces(text)).flatMap(split),
    body,
    trailers: trailers.flatMap(split),
    framing,
  };
}

const split = (text: string): [string, string] => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 2)];

/** The bytes of a message; a chunked body is cut anywhere. */
export function written(random: Random, { line, headers, body, trailers, framing }: Message): Buffer {
  const head = Buffer.from([line, ...joined(headers), '', ''].join('\r\n'), 'latin1');
  if (framing !== 'chunked') return Buffer.concat([head, body]);
  const parts: Buffer[] = [head];
  for (let at = 0; at < body.length; ) {
    const end = Math.min(body.length, at + 1 + random.below(Math.max(1, body.length)));
    parts.push(Buffer.from(`${(end - at).toString(16)}\r\n`), body.subarray(at, end), Buffer.from('\r\n'));
    at = end;
  }
  parts.push(Buffer.from(['0', ...joined(trailers), '', ''].join('\r\n'), 'latin1'));
  return Buffer.concat(parts);
}

const joined = (headers: readonly string[]): string[] =>
  headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1]}`] : []));

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade', 'x-gone'];

/** What must arrive of some headers, once those of a single connection are left out. `x-gone` is one only where it is named. */
export function endToEnd(headers: readonly string[], named = names(headers)): string[] {
  return headers.filter((_, i) => {
    const name = headers[i - (i % 2)]!.toLowerCase();
    return name === 'x-gone' ? !named.includes(name) : !HOP_BY_HOP.includes(name);
  });
}

const names = (headers: readonly string[]): string =>
  headers
    .filter((_, i) => i % 2 === 1 && headers[i - 1]!.toLowerCase() === 'connection')
    .join()
    .toLowerCase();
