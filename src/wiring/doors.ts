import type { IncomingMessage, Server } from 'node:http';
import type { Middleware } from 'koa';
import { add } from '../../instrumentation/increments.ts';
import type { Clock } from '../clock.ts';
import { listenOn } from '../config/listen.ts';
import { type Config, isTls, type TwilioConfig } from '../config/schema.ts';
import { type Endpoint, parseEndpoint } from '../config/values.ts';
import { ErrorCodes } from '../families/message-errors.ts';
import type { Feed } from '../feeds/feed.ts';
import { FEEDS } from '../feeds/index.ts';
import type { Forward } from '../forward/forward.ts';
import { windowMs } from '../ledger/open.ts';
import type { EventLog } from '../log.ts';
import { type AppParts, createApp } from '../receive/app.ts';
import { callbackHandler } from '../receive/callback.ts';
import { Doors } from '../receive/doors.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import { ScrapeAuth } from '../receive/pages/scrape-auth.ts';
import { createSite } from '../receive/pages/site.ts';
import type { ParameterLimits } from '../receive/parameters.ts';
import type { Keeper } from '../receive/room.ts';
import { DoorCertificate } from '../receive/server/certificate.ts';
import { createHardenedServer } from '../receive/server/server.ts';
import type { TransportReason } from '../rejection.ts';
import type { SendGridVerifier } from '../verify/sendgrid.ts';
import type { Verifier } from '../verify/verifier.ts';
import type { Counting } from './counting.ts';
import { feedsOn } from './feeds-on.ts';
import { createStatus } from './status.ts';

export interface DoorParts extends Pick<AppParts, 'inFlight' | 'outcomes' | 'state'> {
  readonly config: Config;
  /** As it was written. */
  readonly effective: unknown;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly verifier: Verifier;
  readonly sendgrid: SendGridVerifier;
  readonly counting: Counting;
  readonly eventOutcomes: Outcomes;
  /** Keeps what was verified, where that was asked for. */
  readonly keeper: Keeper | undefined;
  /** Stands in front of the application, where one is configured. */
  readonly forward: Forward | undefined;
}

/** The doors, and what of them can change while they are open. */
export interface Entrance {
  readonly doors: Doors;
  /** Takes over certificates and what the scrape page asks for; returns the keys of certificates that are other ones now. */
  renew(config: Config): string[];
  /** Looks at no file any more. */
  stop(): void;
}

/** The doors that a configuration asks for, still closed: the receiver's, and the scrape page's own where it has one. */
export function createDoors(parts: DoorParts): Entrance {
  const { config, events } = parts;
  const { twilio } = config.receivers;
  const certificates = new Map(
    tlsOf(config).flatMap(([path, tls]) => (isTls(tls) ? [[path, new DoorCertificate(path, tls, events)]] : [])),
  );
  const { instruments } = parts.counting;
  const auth = new ScrapeAuth(config.exporters.prometheus, () => {
    instruments.record([add('transportErrors', { reason: 'unauthorized' })]);
    events.event('warn', 'unauthorized', 'the scrape page was asked for without what exporters.prometheus asks for');
  });
  const feeds = new Map<string, Feed>(feedsOn(config).map((feed) => [`${twilio.path}/${feed.name}`, feed]));
  const serve = servers(parts);
  const unready = () => (parts.state.stage === 'open' ? parts.counting.ledger.unavailable() : 'shutting_down');
  let current = config;
  const status = createStatus({ ...parts, config: () => current, unready });
  status.history.start();
  const site = createSite({
    config,
    scrape: parts.counting.scrape,
    auth,
    events,
    unready,
    home: status.home,
  });
  const doors: { server: Server; endpoint: Endpoint }[] = listenOn(twilio).map((endpoint) => ({
    server: serve(site.receiver, feeds, certificates.get(RECEIVER_TLS), parts.forward),
    endpoint,
  }));
  const own = parseEndpoint(config.exporters.prometheus.endpoint);
  if (own && site.own) {
    const server = serve(site.own, new Map(), certificates.get(SCRAPE_TLS));
    doors.push({ server, endpoint: { ...own, host: own.host || '0.0.0.0' } });
  }
  return {
    doors: new Doors(doors),
    renew(renewed) {
      current = renewed;
      auth.renew(renewed.exporters.prometheus);
      return tlsOf(renewed).flatMap(([path, tls]) => (certificates.get(path)?.renew(tls) ? [path] : []));
    },
    stop() {
      status.history.stop();
      for (const certificate of certificates.values()) certificate.stop();
    },
  };
}

const RECEIVER_TLS = 'receivers.twilio.tls';
const SCRAPE_TLS = 'exporters.prometheus.tls';
const tlsOf = ({ receivers: { twilio }, exporters: { prometheus } }: Config) =>
  [
    [RECEIVER_TLS, twilio.tls],
    [SCRAPE_TLS, prometheus.tls],
  ] as const;

type Serve = (
  pages: ReadonlyMap<string, Middleware>,
  feeds: ReadonlyMap<string, Feed>,
  certificate: DoorCertificate | undefined,
  forward?: Forward,
) => Server;

/** Makes servers that share what bounds and counts the requests of them all. */
function servers({
  config,
  clock,
  events,
  verifier,
  sendgrid,
  counting,
  eventOutcomes,
  keeper,
  forward: _,
  ...shared
}: DoorParts): Serve {
  const { ledger, instruments, labeler } = counting;
  const limits = config.receivers.twilio;
  const on = new Set(feedsOn(config).map(({ name }) => name));
  const pathOf = (feed: string) => (on.has(feed) ? `${limits.path}/${feed}` : undefined);
  const errorCodes = new ErrorCodes(limits.error_codes, (code) =>
    events.event('info', `error code ${code}`, unknownCode(code)),
  );
  const isOwnUrl = (url: string, req: IncomingMessage) => verifier.isOwnUrl(url, limits.path, req);
  const countsOnRequest = (feed: string, value: string) => limits.families[feed]?.[value] === true;
  const known = { windowMs: windowMs(config), errorCodes, countsOnRequest, labeler, pathOf, isOwnUrl };
  const room = {
    verifier,
    proofs: { twilio: verifier, sendgrid },
    ledger,
    clock,
    events,
    eventOutcomes,
    keeper,
    limits,
    parameterLimits: parameterLimits(limits),
    ...known,
  };
  const onTransportError = (reason: TransportReason) => instruments.record([add('transportErrors', { reason })]);
  const callbacks = (feed: Feed, path: string) => {
    const { max_events = limits.max_events } = limits.families[feed.name] ?? {};
    const handler = callbackHandler(feed, path, { ...room, limits: { ...limits, max_events } });
    return { get: handler, post: handler };
  };
  return (pages, feeds, certificate, forward) => {
    const app = createApp({ feeds, callbacks, pages, limits, onTransportError, instruments, events, ...shared });
    const own = (path: string) => feeds.has(path) || pages.has(path);
    const passing = { callbacks: room, limits, instruments, onTransportError, ...shared };
    const handler = forward ? forward.before(app, own, passing) : app;
    return createHardenedServer(limits, handler, onTransportError, certificate);
  };
}

/** A value of some feeds may be as long as the body; of the others it has a limit of its own. */
function parameterLimits(limits: TwilioConfig): (feed: string) => ParameterLimits {
  const wide = { ...limits, max_parameter_value_size: limits.max_body_size };
  const long = new Set(FEEDS.filter((feed) => feed.content === 'form' && feed.longValues).map(({ name }) => name));
  return (feed) => (long.has(feed) ? wide : limits);
}

const unknownCode = (code: string): string =>
  `error code ${code} is not known to this version: counted as other; add it to receivers.twilio.error_codes`;
