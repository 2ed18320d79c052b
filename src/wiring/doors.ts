import type { IncomingMessage, Server } from 'node:http';
import type { Middleware } from 'koa';
import { add } from '../../instrumentation/increments.ts';
import type { Clock } from '../clock.ts';
import { listenOn } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { type Endpoint, parseEndpoint } from '../config/values.ts';
import { ErrorCodes } from '../families/message-errors.ts';
import type { Feed } from '../feeds/feed.ts';
import { FEED_NAMES, FEEDS } from '../feeds/index.ts';
import { windowMs } from '../ledger/open.ts';
import type { EventLog } from '../log.ts';
import { type AppParts, createApp } from '../receive/app.ts';
import { callbackHandler } from '../receive/callback.ts';
import { Doors } from '../receive/doors.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import { createHardenedServer } from '../receive/server.ts';
import { createSite } from '../receive/site.ts';
import type { TransportReason } from '../rejection.ts';
import type { Verifier } from '../verify/verifier.ts';
import { VERSION } from '../version.ts';
import type { Counting } from './counting.ts';
import { facts } from './facts.ts';

export interface DoorParts extends Pick<AppParts, 'inFlight' | 'outcomes' | 'state'> {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly verifier: Verifier;
  readonly counting: Counting;
  readonly eventOutcomes: Outcomes;
}

/** The doors that a configuration asks for, still closed: the receiver's, and the scrape page's own where it has one. */
export function createDoors(parts: DoorParts): Doors {
  const { config } = parts;
  const { twilio } = config.receivers;
  const feeds = new Map<string, Feed>(FEEDS.map((feed) => [`${twilio.path}/${feed.name}`, feed]));
  const serve = servers(parts);
  const site = createSite({
    config,
    scrape: parts.counting.scrape,
    events: parts.events,
    unready: () => (parts.state.stage === 'open' ? parts.counting.ledger.unavailable() : 'shutting_down'),
    version: VERSION,
    facts: facts(config, feeds),
  });
  const doors: { server: Server; endpoint: Endpoint }[] = listenOn(twilio).map((endpoint) => ({
    server: serve(site.receiver, feeds),
    endpoint,
  }));
  const own = parseEndpoint(config.exporters.prometheus.endpoint);
  if (own && site.own) {
    doors.push({ server: serve(site.own, new Map()), endpoint: { ...own, host: own.host || '0.0.0.0' } });
  }
  return new Doors(doors);
}

type Serve = (pages: ReadonlyMap<string, Middleware>, feeds: ReadonlyMap<string, Feed>) => Server;

/** Makes servers that share what bounds and counts the requests of them all. */
function servers({ config, clock, events, verifier, counting, eventOutcomes, ...shared }: DoorParts): Serve {
  const { ledger, instruments, labeler } = counting;
  const limits = config.receivers.twilio;
  const pathOf = (feed: string) => (FEED_NAMES.includes(feed) ? `${limits.path}/${feed}` : undefined);
  const errorCodes = new ErrorCodes(limits.error_codes, (code) =>
    events.event('info', `error code ${code}`, unknownCode(code)),
  );
  const isOwnUrl = (url: string, req: IncomingMessage) => verifier.isOwnUrl(url, limits.path, req);
  const known = { windowMs: windowMs(config), errorCodes, labeler, pathOf, isOwnUrl };
  const room = { verifier, ledger, clock, events, eventOutcomes, limits, ...known };
  const onTransportError = (reason: TransportReason) => instruments.record([add('transportErrors', { reason })]);
  const callbacks = (feed: Feed, path: string) => {
    const handler = callbackHandler(feed, path, room);
    return { get: handler, post: handler };
  };
  return (pages, feeds) => {
    const app = createApp({ feeds, callbacks, pages, limits, onTransportError, instruments, events, ...shared });
    return createHardenedServer(limits, app, onTransportError);
  };
}

const unknownCode = (code: string): string =>
  `error code ${code} is not known to this version: counted as other; add it to receivers.twilio.error_codes`;
