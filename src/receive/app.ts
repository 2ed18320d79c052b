import type { RequestListener } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import { type Increment, type Series, series } from '../../instrumentation/increments.ts';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Feed } from '../feeds/feed.ts';
import type { EventLog } from '../log.ts';
import { type Outcome, Rejection, reject, type TransportReason } from '../rejection.ts';
import {
  checkCallbackHead,
  checkHead,
  endsConnection,
  type GateLimits,
  type InFlight,
  isRefusedMethod,
  METHODS_OF,
  originForm,
  spokenTo,
  targetPath,
} from './gate.ts';
import type { Outcomes } from './outcomes.ts';
import { writeRefusal } from './refuse.ts';
import { Aborted } from './server/broken.ts';
import { closeWith } from './server/server.ts';

export interface AppParts {
  /** Feeds by their local path. */
  readonly feeds: ReadonlyMap<string, Feed>;
  /** The handlers of a feed's path, by method. */
  readonly callbacks: (feed: Feed, path: string) => { readonly get: Middleware; readonly post: Middleware };
  /** Everything that is served by GET besides. */
  readonly pages: ReadonlyMap<string, Middleware>;
  readonly limits: GateLimits;
  readonly inFlight: InFlight;
  readonly outcomes: Outcomes;
  readonly onTransportError: (reason: TransportReason) => void;
  readonly instruments: Instruments;
  readonly events: EventLog;
  /** `closing`: answers close their connection; `closed`: callbacks are refused. */
  readonly state: { stage: 'open' | 'closing' | 'closed' };
}

/** The Koa application as a listener: one place that lets in, counts and answers, and exact routes behind it. */
export function createApp(parts: AppParts): RequestListener {
  const app = new Koa();
  app.silent = true;
  const router = new Router();
  for (const [path, feed] of parts.feeds) {
    const { get, post } = parts.callbacks(feed, path);
    router.get(path, get).post(path, post);
  }
  for (const [path, page] of parts.pages) router.get(path, page);
  const handle = answer(parts, exactRoutes(router));
  app.use(handle);
  const koa = app.callback();
  return (req, res) => {
    const target = req.url ?? '';
    req.url = originForm(target);
    if (!parts.feeds.has(targetPath(req.url))) return koa(req, res);
    // `handle` ends every callback's request itself: Koa's own end would only watch the response once more.
    const ctx = app.createContext(req, res) as Context;
    ctx.originalUrl = target;
    handle(ctx, done).catch((error: Error) => ctx.onerror(error));
  };
}

const done: Next = async () => {};

type Routes = ReadonlyMap<string, ReadonlyMap<string, Middleware>>;

/** The router's table by path and method: with exact paths, trying patterns for each request would find nothing else. */
function exactRoutes(router: Router): Routes {
  const routes = new Map<string, Map<string, Middleware>>();
  for (const { path, methods, stack } of router.stack) {
    const ofPath = routes.get(path as string) ?? new Map<string, Middleware>();
    for (const method of methods) ofPath.set(method, stack[0] as Middleware);
    routes.set(path as string, ofPath);
  }
  return routes;
}

const PAGE_METHODS = ['GET', 'HEAD'];

/** Gives each request exactly one outcome and exactly one answer, whatever happens behind it. */
function answer(parts: AppParts, routes: Routes): (ctx: Context, next: Next) => Promise<void> {
  const { feeds, pages, limits, inFlight, outcomes, instruments, events, state } = parts;
  return async (ctx: Context, next: Next) => {
    const startedMs = performance.now();
    const { req } = ctx;
    const path = targetPath(req.url!);
    const own = feeds.get(path);
    const feed = own && spokenTo(req, own);
    let outcome: Outcome = 'internal_error';
    let aborted = false;
    let reserved: number | undefined;
    if (state.stage !== 'open' || endsConnection(req)) ctx.set('Connection', 'close');
    try {
      checkHead(req, ctx.originalUrl, limits);
      if (feed) {
        checkCallbackHead(req, feed, limits);
        if (state.stage === 'closed') throw reject('shutting_down');
        reserved = inFlight.enter(req, feed);
      } else if (!pages.has(path)) throw reject('not_found');
      else if (isRefusedMethod(req, PAGE_METHODS)) throw reject('method_not_allowed');
      await routes.get(path)!.get(req.method!)!(ctx, next);
      if (ctx.state.refused) throw ctx.state.refused;
      // The agent may have begun to stop in the meantime.
      if (state.stage !== 'open') closeWith(ctx.res);
      outcome = ctx.state.outcome ?? outcome;
      if (ctx.state.outcome === undefined) return;
      // Koa's own way to an answer without a body looks for a body and its headers first.
      ctx.respond = false;
      ctx.res.statusCode = 204;
      ctx.res.end();
    } catch (error) {
      if (error instanceof Aborted) [outcome, aborted] = [error.outcome, true];
      else outcome = refuse(ctx, asRejection(error), feed, parts);
      ctx.respond = false;
    } finally {
      if (reserved !== undefined) inFlight.leave(reserved);
      if (feed) outcomes.add(feed.name, outcome);
      const route = feed || pages.has(path) ? path : 'unmatched';
      // A request that broke off has no status of ours.
      if (!aborted)
        instruments.record([duration(route, req.method ?? '', ctx.res.statusCode, performance.now() - startedMs)]);
    }
  };

  function asRejection(error: unknown): Rejection {
    if (error instanceof Rejection) return error;
    events.event('error', 'internal_error', 'a request failed inside the agent', { error: describe(error) });
    return reject('internal_error');
  }
}

function refuse(ctx: Context, rejection: Rejection, feed: Feed | undefined, parts: AppParts): Outcome {
  parts.events.refused(rejection, feed?.name);
  if (!feed) parts.onTransportError(rejection.reason);
  writeRefusal(ctx.req, ctx.res, rejection, (feed ? METHODS_OF[feed.content] : PAGE_METHODS).join(', '));
  return rejection.reason;
}

/** Name and place of a failure; its message may hold what was sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}

const METHODS = new Set(['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']);

/** The method as a label: made-up ones are one. */
export const methodLabel = (method: string): string => (METHODS.has(method) ? method : '_OTHER');

const DURATIONS = new Map<string, Map<string, Series[]>>();

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
export function duration(route: string, method: string, status: number, elapsedMs: number): Increment {
  let ofRoute = DURATIONS.get(route);
  if (!ofRoute) DURATIONS.set(route, (ofRoute = new Map()));
  const known = methodLabel(method);
  let ofMethod = ofRoute.get(known);
  if (!ofMethod) ofRoute.set(known, (ofMethod = []));
  ofMethod[status] ??= series('httpServerRequestDuration', {
    'http.request.method': known,
    'http.response.status_code': String(status),
    'http.route': route,
  });
  return { series: ofMethod[status], value: elapsedMs / 1_000 };
}
