import Router from '@koa/router';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import { type Increment, type Series, series } from '../../instrumentation/increments.ts';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { Family } from '../families/family.ts';
import type { EventLog } from '../log.ts';
import { type Outcome, Rejection, reject, type TransportReason } from '../rejection.ts';
import {
  checkCallbackHead,
  checkHead,
  type GateLimits,
  type InFlight,
  isRefusedMethod,
  originForm,
  targetPath,
} from './gate.ts';
import type { Outcomes } from './outcomes.ts';
import { writeRefusal } from './refuse.ts';
import { Aborted } from './server.ts';

export interface AppParts {
  /** Families by their local path. */
  readonly families: ReadonlyMap<string, Family>;
  /** Handlers of each family's path, in order. */
  readonly callbacks: (family: Family, path: string) => Middleware[];
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

/** The Koa application: one place that lets in, counts and answers, and exact routes behind it. */
export function createApp(parts: AppParts): Koa {
  const app = new Koa();
  app.silent = true;
  const routes = new Map<string, Middleware>();
  for (const [path, family] of parts.families) {
    const handlers = parts.callbacks(family, path);
    routes.set(
      path,
      route((router) => router.post(path, ...handlers).get(path, ...handlers.slice(-1))),
    );
  }
  for (const [path, page] of parts.pages)
    routes.set(
      path,
      route((router) => router.get(path, page)),
    );
  app.use(answer(parts, routes));
  // The router would parse Host on every request for routes by host, of which there are none.
  Object.defineProperty(app.context, 'host', { value: '' });
  return app;
}

/** A router for each path: one for all would try the pattern of every other path on every callback. */
function route(define: (router: Router) => void): Middleware {
  const router = new Router({ sensitive: true, strict: true });
  define(router);
  return router.routes() as never;
}

const PAGE_METHODS = ['GET', 'HEAD'];

/** Gives each request exactly one outcome and exactly one answer, whatever happens behind it. */
function answer(parts: AppParts, routes: ReadonlyMap<string, Middleware>): Middleware {
  const { families, pages, limits, inFlight, outcomes, instruments, events, state } = parts;
  return async (ctx: Context, next: Next) => {
    const startedMs = performance.now();
    const { req } = ctx;
    req.url = originForm(req.url ?? '');
    const path = targetPath(req.url);
    const family = families.get(path);
    let outcome: Outcome = 'internal_error';
    let aborted = false;
    let reserved: number | undefined;
    if (state.stage !== 'open') ctx.set('Connection', 'close');
    try {
      checkHead(req, limits);
      if (family) {
        checkCallbackHead(req, limits);
        if (state.stage === 'closed') throw reject('shutting_down');
        reserved = inFlight.enter(req);
      } else if (!pages.has(path)) throw reject('not_found');
      else if (isRefusedMethod(req, PAGE_METHODS)) throw reject('method_not_allowed');
      await routes.get(path)!(ctx, next);
      if (ctx.state.refused) throw ctx.state.refused;
      // The agent may have begun to stop in the meantime.
      if (state.stage !== 'open') ctx.set('Connection', 'close');
      outcome = ctx.state.outcome ?? outcome;
      if (ctx.state.outcome === undefined) return;
      // Koa's own way to an answer without a body looks for a body and its headers first.
      ctx.respond = false;
      ctx.res.statusCode = 204;
      ctx.res.end();
    } catch (error) {
      if (error instanceof Aborted) [outcome, aborted] = [error.outcome, true];
      else outcome = refuse(ctx, asRejection(error), family, parts);
      ctx.respond = false;
    } finally {
      if (reserved !== undefined) inFlight.leave(reserved);
      if (family) outcomes.add(family.name, outcome);
      const route = family || pages.has(path) ? path : 'unmatched';
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

function refuse(ctx: Context, rejection: Rejection, family: Family | undefined, parts: AppParts): Outcome {
  parts.events.refused(rejection, family?.name);
  if (!family) parts.onTransportError(rejection.reason);
  writeRefusal(ctx.req, ctx.res, rejection, family ? 'GET, POST' : 'GET, HEAD');
  return rejection.reason;
}

/** Name and place of a failure; its message may hold what was sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name} ${place.trim()}`;
}

const METHODS = new Set(['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']);

const DURATIONS = new Map<string, Map<string, Series[]>>();

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
function duration(route: string, method: string, status: number, elapsedMs: number): Increment {
  let ofRoute = DURATIONS.get(route);
  if (!ofRoute) DURATIONS.set(route, (ofRoute = new Map()));
  const known = METHODS.has(method) ? method : '_OTHER';
  let ofMethod = ofRoute.get(known);
  if (!ofMethod) ofRoute.set(known, (ofMethod = []));
  ofMethod[status] ??= series('httpServerRequestDuration', {
    'http.request.method': known,
    'http.response.status_code': String(status),
    'http.route': route,
  });
  return { series: ofMethod[status], value: elapsedMs / 1_000 };
}
