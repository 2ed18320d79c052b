import type { IncomingMessage } from 'node:http';
import { Rejection } from '../../src/rejection.ts';
import { Verifier, type VerifierOptions } from '../../src/verify/verifier.ts';
import { type Pairs, parametersOf, signature } from '../parameters.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const ACCOUNT = `AC${'a1'.repeat(16)}`;
export const PAIRS: Pairs = [
  ['MessageSid', `SM${'b2'.repeat(16)}`],
  ['AccountSid', ACCOUNT],
  ['MessageStatus', 'delivered'],
];
const PATH = '/webhooks/message';

export const verifier = (options: Partial<VerifierOptions> = {}): Verifier =>
  new Verifier({
    accounts: [{ authTokens: [TOKEN] }],
    unsigned: 'trial',
    publicUrls: [],
    familyUrls: {},
    trustedProxies: [],
    ...options,
  });

export interface Sent {
  /** The URL that Twilio was told to call, and signs. */
  readonly url?: string;
  readonly token?: string;
  readonly method?: 'GET' | 'POST';
  readonly query?: string;
  /** The target of the request line; a plain path, if absent. */
  readonly target?: string;
  readonly pairs?: Pairs;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address that the connection comes from. */
  readonly peer?: string;
  readonly httpVersion?: string;
  readonly family?: string;
}

/** What the verifier makes of a request that was signed for `url`: `ok`, or the reason of its refusal. */
export function outcome(room: Verifier, sent: Sent): string {
  try {
    verify(room, sent);
    return 'ok';
  } catch (error) {
    if (error instanceof Rejection) return error.reason;
    throw error;
  }
}

/** The same, throwing. A signature in `headers` replaces the right one. */
export function verify(room: Verifier, sent: Sent): void {
  const {
    url = '',
    token = TOKEN,
    method = 'POST',
    query = '',
    pairs = PAIRS,
    headers = {},
    family = 'message',
  } = sent;
  const signed = signature(token, url, method === 'GET' ? undefined : pairs);
  const req = {
    method,
    url: sent.target ?? PATH,
    headers: { host: 'localhost:8080', ...(url === '' ? {} : { 'x-twilio-signature': signed }), ...headers },
    httpVersion: sent.httpVersion ?? '1.1',
    socket: { remoteAddress: sent.peer ?? '203.0.113.9' },
  };
  const verified = room.verify(req as unknown as IncomingMessage, family, PATH, query, parametersOf(pairs));
  if (verified instanceof Rejection) throw verified;
}
