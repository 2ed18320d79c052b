import { createHmac } from 'node:crypto';

/** What Twilio calls; the agent under test is told so, and Host has no say. */
export const PUBLIC_URL = 'https://agent.example';
export const TOKEN = '0123456789abcdef0123456789abcdef';
export const OTHER_TOKEN = 'fedcba9876543210fedcba9876543210';
export const ACCOUNT = `AC${'a1'.repeat(16)}`;
export const FROM = '+15017122661';
export const TO = '+15558675310';
export const BODY = 'Rendezvous at the lighthouse, says Wilhelmina';

export type Pair = readonly [name: string, value: string];

let last = 0;
/** A SID that was never sent before. */
export const freshSid = (prefix: 'SM' | 'CA'): string => prefix + (++last).toString(16).padStart(32, '0');

/** The parameters of a message status callback, as Twilio sends them. */
export const message = (status = 'sent', sid = freshSid('SM'), ...more: readonly Pair[]): Pair[] => [
  ['SmsSid', sid],
  ['SmsStatus', status],
  ['MessageStatus', status],
  ['To', TO],
  ['MessageSid', sid],
  ['AccountSid', ACCOUNT],
  ['From', FROM],
  ['ApiVersion', '2010-04-01'],
  ...more,
];

/** The parameters of a call status callback. */
export const call = (status = 'ringing', sid = freshSid('CA'), ...more: readonly Pair[]): Pair[] => [
  ['CallSid', sid],
  ['CallStatus', status],
  ['Called', TO],
  ['Caller', FROM],
  ['AccountSid', ACCOUNT],
  ['Direction', 'outbound-api'],
  ...more,
];

/** The pairs without some, and with one value changed. */
export const without = (pairs: readonly Pair[], ...names: readonly string[]): Pair[] =>
  pairs.filter(([name]) => !names.includes(name));
export const changed = (pairs: readonly Pair[], name: string, value: string): Pair[] =>
  pairs.map((pair) => (pair[0] === name ? [name, value] : pair));

export const form = (pairs: readonly Pair[]): string => new URLSearchParams(pairs as [string, string][]).toString();

/** Twilio's signature, written down once more and without the agent's code. */
export function signature(url: string, pairs: readonly Pair[] = [], token = TOKEN): string {
  const names = [...new Set(pairs.map(([name]) => name))].sort();
  const values = (name: string) => [...new Set(pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]))].sort();
  const text = names.flatMap((name) => values(name).map((value) => name + value)).join('');
  return createHmac('sha1', token)
    .update(url + text, 'utf8')
    .digest('base64');
}

export interface Sending {
  readonly method?: string;
  /** The request target as it stands on the wire. */
  readonly target?: string;
  readonly version?: string;
  /** Replaces the defaults by name; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Lines of the head as they are, after the others. */
  readonly lines?: readonly string[];
  readonly body?: string | Buffer;
}

/** The bytes of a request. Nothing is checked and nothing is tidied up. */
export function request({ method = 'POST', target = '/webhooks/message', version = '1.1', ...rest }: Sending): Buffer {
  const body = Buffer.from(rest.body ?? '');
  const headers: Record<string, string | null> = {
    Host: '127.0.0.1:8080',
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'Content-Length': String(body.length),
    ...rest.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  const head = [`${method} ${target} HTTP/${version}`, ...lines, ...(rest.lines ?? []), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

export interface Signing extends Sending {
  readonly token?: string;
  /** What Twilio was told to call. */
  readonly signedUrl?: string;
  /** The pairs that are signed, when the body holds others. */
  readonly signed?: readonly Pair[];
}

/** A signed POST of the pairs, or of a body that stands for them. */
export function signed(pairs: readonly Pair[], options: Signing = {}): Buffer {
  const { target = '/webhooks/message', token, signedUrl = PUBLIC_URL + target, signed: covered = pairs } = options;
  return request({
    ...options,
    target,
    body: options.body ?? form(pairs),
    headers: { 'X-Twilio-Signature': signature(signedUrl, covered, token), ...options.headers },
  });
}

/** A signed POST to the path of calls. */
export const signedCall = (pairs: readonly Pair[], options: Signing = {}): Buffer =>
  signed(pairs, { target: '/webhooks/call', ...options });

/** A GET: the URL alone is signed. */
export const signedGet = (pairs: readonly Pair[], options: Signing = {}): Buffer => {
  const target = `/webhooks/message?${form(pairs)}`;
  return signed([], {
    method: 'GET',
    target,
    body: '',
    ...options,
    headers: { 'Content-Type': null, 'Content-Length': null, ...options.headers },
  });
};

/** A body in chunks of the given texts, with its end. */
export const chunked = (...chunks: readonly string[]): string =>
  `${chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
export const CHUNKED = { 'Content-Length': null, 'Transfer-Encoding': 'chunked' } as const;
