import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TwilioConfig } from '../config/schema.ts';
import type { Feed } from '../feeds/feed.ts';
import { type Rejection, reject } from '../rejection.ts';

export type GateLimits = Pick<
  TwilioConfig,
  | 'max_headers'
  | 'max_url_size'
  | 'max_body_size'
  | 'max_json_body_size'
  | 'max_requests_in_flight'
  | 'max_bytes_in_flight'
>;

/** The path of a target in origin form, byte for byte: without query and fragment. */
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

/** What holds for the head of every request; `target` is what stands in its first line. */
export function checkHead(req: IncomingMessage, target: string, limits: GateLimits): void {
  const { httpVersion, rawHeaders } = req;
  // Node's parser lets 0.9 and 2.0 pass as versions of a request line.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw reject('bad_request', 'HTTP version');
  if (rawHeaders.length > limits.max_headers * 2) throw reject('headers_too_many');
  const hosts = countHosts(rawHeaders);
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) throw reject('bad_request', 'Host');
  if (expected(req).some((one) => one !== CONTINUE)) throw reject('bad_request', 'Expect');
  if (target.length > limits.max_url_size) throw reject('url_too_long');
  if (target.includes('#')) throw reject('bad_request', 'fragment');
}

const CONTINUE = '100-continue';

/** What a sender expects before it sends a body. RFC 9110, 10.1.1 */
function expected({ headers }: IncomingMessage): readonly string[] {
  if (headers.expect === undefined) return NOTHING;
  return headers.expect
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
const NOTHING: readonly string[] = [];

/** True for a sender that keeps its body back until it is told to go on. HTTP/1.0 knows no such thing. */
export const awaitsContinue = (req: IncomingMessage): boolean =>
  req.headers.expect !== undefined && req.httpVersion !== '1.0' && expected(req).includes(CONTINUE);

/**
 * True for a request behind which nothing more is read: Node ends a connection of HTTP/1.0 with an answer that has no
 * body, and loses what came in the same piece as an offer to upgrade. A sender that is answered before it was told to send
 * its body may leave the body out, and then nobody knows what the next bytes are.
 */
export const endsConnection = ({ httpVersion, headers, method }: IncomingMessage): boolean =>
  httpVersion === '1.0' ||
  (headers.expect !== undefined && method !== 'POST') ||
  (headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? ''));

/** Two Hosts must be refused: what stands before the agent may believe the other one. RFC 9112, 3.2 */
export function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === 4 && rawHeaders[i]!.toLowerCase() === 'host') hosts++;
  }
  return hosts;
}

/** True for a method that is served nowhere at the path, and for an upgrade to what is not served at all. */
export function isRefusedMethod({ method, headers }: IncomingMessage, allowed: readonly string[]): boolean {
  return !allowed.includes(method ?? '') || (headers.upgrade !== undefined && /websocket/i.test(headers.upgrade));
}

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const typeOf = (name: string) =>
  new RegExp(String.raw`^${name}[ \t]*((?:;[ \t]*(?:${TOKEN}=(?:${TOKEN}|${QUOTED})[ \t]*)?)*)$`, 'i');
/** How the bodies of feeds may be called. */
const TYPES = {
  form: typeOf('application/x-www-form-urlencoded'),
  json: typeOf(String.raw`application/(?:json|cloudevents\+json|cloudevents-batch\+json)`),
} as const;
const PARAMETER = new RegExp(`(${TOKEN})=(${TOKEN}|${QUOTED})`, 'g');
const USUAL = 'application/x-www-form-urlencoded; charset=UTF-8';

/** True for what the feed takes, in UTF-8, whatever other parameters its type has. */
function isContent(content: Feed['content'], type: string): boolean {
  if (content === 'form' && type === USUAL) return true;
  const parameters = TYPES[content].exec(type)?.[1];
  if (parameters === undefined) return false;
  for (const [, name = '', value = ''] of parameters.matchAll(PARAMETER)) {
    if (name.toLowerCase() === 'charset' && !/^"?utf-8"?$/i.test(value)) return false;
  }
  return true;
}

/** The feed as the request speaks to it: one that takes JSON may take the same callbacks as forms. */
export function spokenTo(req: IncomingMessage, feed: Feed): Feed {
  if (feed.content === 'form' || !feed.asForm) return feed;
  // Only parameters can stand in the query.
  const isForm = req.method !== 'POST' || isContent('form', req.headers['content-type'] ?? '');
  return isForm ? feed.asForm : feed;
}

/** Parameters may stand in the query; a batch of events needs a body. */
export const METHODS_OF = { form: ['GET', 'POST'], json: ['POST'] } as const;

/** The most bytes that the body of a feed's request may have. */
export const bodyLimit = (
  content: Feed['content'],
  limits: Pick<GateLimits, 'max_body_size' | 'max_json_body_size'>,
) => (content === 'json' ? limits.max_json_body_size : limits.max_body_size);

/** What holds for the head of a callback. */
export function checkCallbackHead(req: IncomingMessage, { content }: Feed, limits: GateLimits): void {
  const { headers } = req;
  if (isRefusedMethod(req, METHODS_OF[content])) throw reject('method_not_allowed');
  // Node takes whatever ends in `chunked` for that, and would not undo the rest.
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') throw reject('bad_request', 'Transfer-Encoding');
  // A chunked body must be read, or nobody hears that it is malformed: also that of a GET, which has no use for it.
  if (req.method !== 'GET' || encoding !== undefined) checkContent(headers, content);
  if (Number(headers['content-length'] ?? 0) > bodyLimit(content, limits)) throw tooLarge(content);
}

/** A body over the limit of its feed. */
export const tooLarge = (content: Feed['content']): Rejection =>
  content === 'form'
    ? reject('body_too_large')
    : reject('body_too_large', undefined, undefined, 'the body is over receivers.twilio.max_json_body_size');

function checkContent(headers: IncomingHttpHeaders, content: Feed['content']): void {
  if (!isContent(content, headers['content-type'] ?? '')) {
    throw content === 'form'
      ? reject('content_type')
      : reject('content_type', undefined, undefined, 'send JSON in UTF-8, named as such');
  }
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return;
  if (encoding.toLowerCase() !== 'identity') throw reject('content_encoding');
  // It says that there is none, in whatever case; what reads the body knows lower case only.
  delete headers['content-encoding'];
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
  enter(req: IncomingMessage, { content }: Feed): number {
    const declared = req.headers['content-length'];
    const bytes =
      declared !== undefined
        ? Number(declared)
        : req.headers['transfer-encoding']
          ? bodyLimit(content, this.#limits)
          : 0;
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
