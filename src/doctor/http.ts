import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as tlsRequest } from 'node:https';
import { proxyAgent } from '../../instrumentation/otlp/proxy.ts';

const LARGEST_ANSWER = 16 * 1_048_576;

export interface Asked extends Pick<RequestOptions, 'rejectUnauthorized'> {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request and its whole answer, by way of the proxy that the environment names. Redirects are not followed. */
export function ask(url: string, { method = 'GET', headers = {}, body, timeoutMs, ...tls }: Asked): Promise<Answered> {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest;
  // The URL is sent as it is written: what would be made neater here could not be told from what a proxy changed.
  const { origin } = new URL(url);
  const path = url.slice(url.indexOf('/', url.indexOf('//') + 2));
  const signal = AbortSignal.timeout(timeoutMs);
  const agent = proxyAgent(url, { timeoutMs }) ?? false;
  return new Promise((resolve, reject) => {
    const sent = request(origin, { method, path, headers, signal, agent, ...tls }, (response) =>
      whole(response).then(resolve, reject),
    );
    sent.on('error', (error) => reject(signal.aborted ? new TimedOut() : error));
    sent.end(body);
  });
}

/** No complete answer came in time. */
export class TimedOut extends Error {
  readonly code = 'ETIMEDOUT';
}

async function whole(response: IncomingMessage): Promise<Answered> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error('the answer is too large');
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

/** The system's word for why there is no answer, which is safe to tell. */
export const causeOf = (error: unknown): string => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
};
