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

export interface HomeFacts {
  readonly version: string;
  readonly links: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replaceAll(/[&<>"]/g, (char) => HTML[char]!);

/** What runs here, for a person. Holds nothing that is secret. */
export const home =
  ({ version, links, facts }: HomeFacts, unready: Unready): Middleware =>
  (ctx) => {
    const rows = [...facts, ['accepting callbacks', unready() ?? 'yes'] as const]
      .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
      .join('\n');
    const list = links.map((link) => `<li><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></li>`).join('\n');
    ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>twilio-otel-agent</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}th{text-align:left;padding-right:1rem;font-weight:600;vertical-align:top}</style></head>
<body>
<h1>twilio-otel-agent ${escapeHtml(version)}</h1>
<table>
${rows}
</table>
<ul>
${list}
</ul>
</body>
</html>
`;
  };
