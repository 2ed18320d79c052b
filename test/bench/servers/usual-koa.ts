/** The usual way: Koa, router, a parsed body object, Twilio's own validation, and two OpenTelemetry counters. */
import Router from '@koa/router';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { PUBLIC_URL, TOKEN } from '../callbacks.ts';

const provider = new MeterProvider({ readers: [new PrometheusExporter({ preventServerStart: true })] });
const meter = provider.getMeter('usual');
const callbacks = meter.createCounter('callbacks');
const outcomes = meter.createCounter('outcomes');

const app = new Koa();
const router = new Router();
for (const family of ['message', 'call']) {
  const status = family === 'message' ? 'MessageStatus' : 'CallStatus';
  router.post(`/webhooks/${family}`, (ctx) => {
    const params = ctx.request.body as Record<string, string>;
    if (!webhooks.validateRequest(TOKEN, ctx.get('X-Twilio-Signature'), PUBLIC_URL + ctx.url, params)) ctx.throw(401);
    callbacks.add(1, { family, status: params[status] ?? '' });
    outcomes.add(1, { family, outcome: 'accepted' });
    ctx.status = 204;
  });
}
app.use(bodyParser());
app.use(router.routes());
app.listen(Number(process.env['PORT']), '127.0.0.1');
