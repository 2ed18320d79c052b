import { bodyQuery, type Pair, sign } from './sign.ts';
import type { Body } from './wire.ts';

/** Where a feed is called, and for which URL that is signed. */
export interface Place {
  readonly url: string;
  readonly signedUrl: string;
}

export interface Outgoing {
  readonly body: Body;
  readonly method?: 'GET' | 'POST';
  /** Absent where the agent verifies nothing. */
  readonly token: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Twilio gives up after so long, all attempts together, and tries three times more where a URL says `#rc=3&rp=5xx,ct,rt`. */
const PATIENCE_MS = 15_000;
const ATTEMPTS = 4;
const PAUSE_MS = 200;

/** What became of the requests. */
export class Tally {
  readonly answers = new Map<number, number>();
  /** Attempts that had no answer, or one that Twilio tries again after: the agent may have counted them. */
  retried = 0;
  /** Requests that were given up. */
  lost = 0;
}

export function describeTally({ answers, retried, lost }: Tally): string {
  const told = [...answers].sort(([a], [b]) => a - b).map(([status, count]) => `${count} answered ${status}`);
  return [...told, `${retried} sent again`, `${lost} given up`].join(', ');
}

/** Sends one request as Twilio does: again where nothing was answered, or a 5xx, with the same signature and token. */
export async function send(place: Place, outgoing: Outgoing, tally: Tally): Promise<void> {
  const { url, ...request } = prepare(place, outgoing);
  const givenUp = AbortSignal.timeout(PATIENCE_MS);
  for (let attempt = 1; ; attempt++) {
    const status = await answerOf(url, { ...request, signal: givenUp, redirect: 'manual' });
    if (status !== undefined && status < 500) {
      tally.answers.set(status, (tally.answers.get(status) ?? 0) + 1);
      return;
    }
    if (attempt === ATTEMPTS || givenUp.aborted) break;
    tally.retried++;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  tally.lost++;
}

async function answerOf(url: string, request: RequestInit): Promise<number | undefined> {
  try {
    const response = await fetch(url, request);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** The request with its signature. */
function prepare({ url, signedUrl }: Place, { body, method = 'POST', token, headers }: Outgoing) {
  const isForm = 'pairs' in body;
  const encoded = isForm ? encode(body.pairs) : body.json;
  const query = !isForm ? bodyQuery(encoded) : method === 'GET' ? `?${encoded}` : '';
  const signed = token && sign(token, signedUrl + query, isForm && method === 'POST' ? body.pairs : []);
  const type = isForm ? 'application/x-www-form-urlencoded; charset=UTF-8' : 'application/json';
  return {
    url: url + query,
    method,
    headers: {
      ...headers,
      ...(method === 'POST' ? { 'Content-Type': type } : {}),
      ...(signed ? { 'X-Twilio-Signature': signed } : {}),
    },
    ...(method === 'POST' ? { body: encoded } : {}),
  };
}

const encode = (pairs: readonly Pair[]): string => new URLSearchParams(pairs as [string, string][]).toString();
