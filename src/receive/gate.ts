import type { IncomingMessage } from 'node:http';
import type { TwilioConfig } from '../config/schema.ts';
import { reject } from '../rejection.ts';

export type GateLimits = Pick<
  TwilioConfig,
  'max_headers' | 'max_url_size' | 'max_body_size' | 'max_requests_in_flight' | 'max_bytes_in_flight'
>;

/** The path of a request target, byte for byte: without query and fragment, and without the origin of an absolute one. */
export function targetPath(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** `http://host/path` as a target means `/path`; whose host it names is never looked at. */
export function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const match = /^https?:\/\/[^/?#]*(.*)$/is.exec(url);
  if (!match) return url;
  return match[1]!.startsWith('/') ? match[1]! : `/${match[1]}`;
}

/** What holds for the head of every request. */
export function checkHead(req: IncomingMessage, limits: GateLimits): void {
  if (req.headers.host === undefined && req.httpVersion !== '1.0') throw reject('bad_request', 'Host');
  if (req.rawHeaders.length > limits.max_headers * 2) throw reject('headers_too_many');
  const url = req.url ?? '';
  if (url.length > limits.max_url_size) throw reject('url_too_long');
  if (url.includes('#')) throw reject('bad_request', 'fragment');
}

const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*(?:charset[ \t]*=[ \t]*"?utf-8"?)?[ \t]*)?$/i;

/** What holds for the head of a callback. */
export function checkCallbackHead(req: IncomingMessage, limits: GateLimits): void {
  const { method, headers } = req;
  if ((method !== 'POST' && method !== 'GET') || headers.upgrade?.toLowerCase() === 'websocket') {
    throw reject('method_not_allowed');
  }
  if (method === 'GET') return;
  if (!FORM.test(headers['content-type'] ?? '')) throw reject('content_type');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw reject('content_encoding');
  if (Number(headers['content-length'] ?? 0) > limits.max_body_size) throw reject('body_too_large');
}

/** Bounds the requests and bodies that are being worked on at the same time. */
export class InFlight {
  requests = 0;
  bytes = 0;
  readonly #limits: GateLimits;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Takes a place and returns the bytes that it reserves; without a length that is the most a body may have. */
  enter(req: IncomingMessage): number {
    const declared = req.headers['content-length'];
    const bytes =
      declared !== undefined ? Number(declared) : req.headers['transfer-encoding'] ? this.#limits.max_body_size : 0;
    if (this.requests >= this.#limits.max_requests_in_flight || this.bytes + bytes > this.#limits.max_bytes_in_flight) {
      throw reject('overloaded');
    }
    this.requests++;
    this.bytes += bytes;
    return bytes;
  }

  leave(bytes: number): void {
    this.requests--;
    this.bytes -= bytes;
  }
}
