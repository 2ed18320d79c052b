import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import type { Middleware } from 'koa';
import { PROMETHEUS_TEXT, type Scrape } from '../../../instrumentation/prometheus.ts';
import type { EventLog } from '../../log.ts';

const gzip = promisify(gzipCallback);

/** Why callbacks cannot be accepted now; `undefined` when they can. */
export type Unready = () => string | undefined;

export const live: Middleware = (ctx) => {
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = 'OK';
};

export const health =
  (unready: Unready): Middleware =>
  (ctx) => {
    const reason = unready();
    ctx.type = 'text/plain; charset=utf-8';
    ctx.status = reason ? 503 : 200;
    ctx.body = reason ?? 'OK';
  };

/** The scrape page. A failed collection is a 500: an empty 200 would tell Prometheus that all series ended. */
export const metricsPage =
  (scrape: Scrape, events: EventLog): Middleware =>
  async (ctx) => {
    let text: string;
    try {
      text = await scrape.page();
    } catch (error) {
      events.event('error', 'scrape', `the metrics could not be collected: ${causes(error as Error).join('; ')}`);
      ctx.status = 500;
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = 'the metrics could not be collected: see the log\n';
      return;
    }
    ctx.set('Content-Type', PROMETHEUS_TEXT);
    ctx.vary('Accept-Encoding');
    if (ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') {
      ctx.body = text;
      return;
    }
    ctx.set('Content-Encoding', 'gzip');
    ctx.body = await gzip(text, { level: 1 });
  };

/** What stands behind an error that is made of several. */
const causes = (error: Error): string[] =>
  error instanceof AggregateError ? error.errors.flatMap(causes) : [error.message];

/** What a person looks at, and the same for scripts. */
export interface Home {
  readonly html: () => Promise<string>;
  readonly json: () => Promise<unknown>;
  /** The Content-Security-Policy of the page. */
  readonly policy: string;
}

/** The page for people. Holds nothing that is secret, and nothing of a single message or call. */
export const homePage =
  ({ html, policy }: Home): Middleware =>
  async (ctx) => {
    ctx.set('Content-Security-Policy', policy);
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = await html();
  };

export const statusJson =
  ({ json }: Home): Middleware =>
  async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = JSON.stringify(await json(), null, 2);
  };
