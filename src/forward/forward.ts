import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Clock } from '../clock.ts';
import type { TwilioConfig } from '../config/schema.ts';
import type { FormFeed } from '../feeds/feed.ts';
import { duration } from '../receive/app.ts';
import { checkCallbackHead, endsConnection, originForm, targetPath } from '../receive/gate.ts';
import { writeRefusal } from '../receive/refuse.ts';
import { type Rejection, reject } from '../rejection.ts';
import { Exchange } from './exchange.ts';
import { danger } from './framing.ts';
import { provableSize } from './gate.ts';
import { requestHeaders, without } from './headers.ts';
import { answered } from './measure.ts';
import type { Sent } from './origin.ts';
import type { ForwardRoom } from './room.ts';
import { type Route, Routes } from './routes.ts';
import { senders } from './sender.ts';
import { Tally } from './tally.ts';

interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** As it stands in the first line. */
  readonly target: string;
  readonly path: string;
}

export type ForwardParts = Omit<ForwardRoom, 'senderOf'>;

/** What stands in front of the application, for as long as the agent runs. */
export interface Forward {
  /** A listener that passes on what comes to the routes, and hands everything else, and `own` paths, to the next one. */
  before(next: RequestListener, own: (path: string) => boolean, parts: ForwardParts): RequestListener;
  /** Ends the connections to the application. */
  close(): void;
}

export function openForward(twilio: TwilioConfig, clock: Clock, instruments: Instruments): Forward {
  const routes = new Routes(twilio.forward, clock);
  const senderOf = senders(twilio.public_urls, twilio.trusted_proxies);
  // A counter that is not there before its first event hides that event from `increase`.
  for (const { path } of routes.all) {
    instruments.record((['application', 'fallback', 'agent', 'nobody'] as const).map((by) => answered(path, by, 0)));
  }
  return {
    before(next, own, parts) {
      const room: ForwardRoom = { ...parts, senderOf };
      return (req, res) => {
        const target = req.url ?? '';
        const url = originForm(target);
        const path = targetPath(url);
        const route = own(path) ? undefined : routes.find(path);
        if (!route) return next(req, res);
        req.url = url;
        pass(room, route, { req, res, target, path });
      };
    },
    close: () => routes.close(),
  };
}

/** Looks at the head of a request: refuses it, or lets it pass with what is to be counted of it. */
function pass(room: ForwardRoom, route: Route, { req, res, target, path }: Asked): void {
  const { inFlight, limits } = room;
  const asked = { req, res, target, path };
  const dangerous = danger(req, target, route.prefix) ?? unable(room);
  if (dangerous) return refuse(room, route, asked, dangerous);
  const tally = route.feed && createTally(room, route, route.feed, req);
  const most = bytesToKeep(room, route, req, tally);
  const bytes = reserves(req, most);
  const full = inFlight.bytes + bytes > limits.max_bytes_in_flight;
  const gated = route.rejectUnverified && (bytes > most || full);
  if (gated) return refuse(room, route, asked, reject(bytes > most ? 'body_too_large' : 'overloaded'));
  // What cannot be counted passes all the same.
  if (full) tally?.fail(reject('overloaded'));
  const reserved = full || bytes > most ? 0 : bytes;
  inFlight.requests++;
  inFlight.bytes += reserved;
  const keep = full ? 0 : most;
  const exchange = new Exchange({ room, route, req, res, path, sent: sentOf(room, route, req), tally, keep }, () => {
    inFlight.requests--;
    inFlight.bytes -= reserved;
  });
  exchange.start();
}

function unable({ state, inFlight, limits }: ForwardRoom): Rejection | undefined {
  if (state.stage === 'closed') return reject('shutting_down');
  return inFlight.requests >= limits.max_requests_in_flight ? reject('overloaded') : undefined;
}

function createTally(room: ForwardRoom, { rejectUnverified }: Route, feed: FormFeed, req: IncomingMessage): Tally {
  const { callbacks, outcomes, limits } = room;
  const tally = new Tally(feed, callbacks, outcomes);
  try {
    checkCallbackHead(req, feed, limits);
  } catch (error) {
    // Behind a gate it may still be refused, and has one outcome only.
    if (rejectUnverified) tally.bar(error);
    else tally.fail(error);
  }
  return tally;
}

/** The most of the body that is kept: to verify it, or to count it unless its head shows already that it does not count. */
function bytesToKeep({ limits, callbacks }: ForwardRoom, route: Route, req: IncomingMessage, tally?: Tally): number {
  if (route.rejectUnverified) return provableSize(req, callbacks);
  return tally?.counts ? limits.max_body_size : 0;
}

function reserves({ headers }: IncomingMessage, most: number): number {
  const length = headers['content-length'];
  if (most === 0) return 0;
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : most;
}

/** Of these methods Node believes that a body follows, where nothing says that there is none. */
const NO_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

function sentOf(room: ForwardRoom, route: Route, req: IncomingMessage): Sent {
  const method = req.method ?? '';
  const chunked = req.headers['transfer-encoding'] !== undefined;
  const headers = requestHeaders(req.rawHeaders, chunked, room.senderOf(req));
  if (req.headers.host === undefined) headers.push('Host', route.origin.host);
  if (!chunked && req.headers['content-length'] === undefined && !NO_BODY.has(method))
    headers.push('Content-Length', '0');
  // Where the agent has read the body before, nobody is told to go on any more.
  const known = route.rejectUnverified ? without(headers, 'expect') : headers;
  return { method, path: route.target(req.url ?? ''), headers: known };
}

function refuse(room: ForwardRoom, route: Route, { req, res }: Asked, rejection: Rejection): void {
  const { outcomes, callbacks, onTransportError, instruments } = room;
  callbacks.events.refused(rejection, route.feed?.name);
  if (route.feed) outcomes.add(route.feed.name, rejection.reason);
  else onTransportError(rejection.reason);
  if (endsConnection(req)) res.setHeader('Connection', 'close');
  writeRefusal(req, res, rejection, 'GET, POST');
  instruments.record([answered(route.path, 'agent'), duration(route.path, req.method ?? '', res.statusCode, 0)]);
}
