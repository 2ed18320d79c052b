import type { Context, Middleware } from 'koa';
import bodyParser from 'koa-bodyparser';
import type { Clock } from '../clock.ts';
import type { TwilioConfig } from '../config/schema.ts';
import type { Family } from '../families/family.ts';
import { Form } from '../families/form.ts';
import type { Change, Ledger } from '../ledger/ledger.ts';
import type { LedgerRecord } from '../ledger/record.ts';
import type { EventLog } from '../log.ts';
import { Rejection, reject } from '../rejection.ts';
import type { Verifier } from '../verify/verifier.ts';
import { type ParameterLimits, parseParameters } from './parameters.ts';
import { readBody } from './read.ts';
import { Aborted } from './server.ts';

export interface CallbackRoom {
  readonly verifier: Verifier;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly windowMs: number;
  readonly limits: ParameterLimits;
}

/**
 * Hands the body on to the handler as `ctx.request.body`, bounded and as bytes. The body parser parses nothing: it would
 * change names that Twilio signed. The usual body, whose length is declared, is read with less machinery.
 */
export function withBody({ max_body_size }: Pick<TwilioConfig, 'max_body_size'>, handler: Middleware): Middleware {
  const reader = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: ['application/x-www-form-urlencoded'] },
    textLimit: `${max_body_size}b`,
    // Bytes, not text: decoding would replace what is not UTF-8.
    encoding: null as never,
    onerror: (error) => {
      throw readError(error);
    },
  });
  return async (ctx, next) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = ctx.req.headers;
    if (encoding !== undefined) return reader(ctx, () => handler(ctx, next));
    // What a GET carries is not waited for: Node drops it.
    if (ctx.method === 'GET' || length === undefined || length === '0') return handler(ctx, next);
    try {
      ctx.request.body = await readBody(ctx.req);
    } catch (error) {
      throw readError(error as Error);
    }
    return handler(ctx, next);
  };
}

function readError(error: Error & { type?: string; code?: string }): Error {
  if (error instanceof Aborted) return error;
  if (error.type === 'entity.too.large') return reject('body_too_large');
  if (error.type === 'request.aborted' || error.type === 'request.size.invalid') return new Aborted();
  return error.code === 'ECONNRESET' || error.code === 'ECONNABORTED' ? new Aborted() : error;
}

/** One callback, from the raw request to a durable count. */
export function callbackHandler(family: Family, path: string, room: CallbackRoom): Middleware {
  const { verifier, ledger, clock, events, windowMs, limits } = room;
  const log = `other:${family.name}`;
  return async (ctx) => {
    // A refusal is handed on as a value: thrown through every layer between here and the answer it would cost a flood of
    // forged requests more than all that finds them out.
    try {
      const callback = read(ctx);
      if (callback instanceof Rejection) {
        ctx.state.refused = callback;
        return;
      }
      const { change, unknown } = callback;
      const [outcome] = await ledger.apply([change]);
      ctx.state.outcome = outcome;
      if (unknown) {
        const text = `${family.name}: ${unknown} has a value that this version does not know: counted as other`;
        events.event('info', log, text);
      }
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      ctx.state.refused = error;
    }
  };

  /** Verified and parsed: the change to make, and the parameter whose value is unknown, if there is one. */
  function read(ctx: Context): { change: Change; unknown: string | undefined } | Rejection {
    const receivedAtMs = clock.nowMs();
    const query = rawQuery(ctx.req.url ?? '');
    const parameters = parseParameters(ctx.req.method === 'GET' ? Buffer.from(query) : bodyOf(ctx), limits);
    const verified = verifier.verify(ctx.req, family.name, path, query, parameters);
    if (verified instanceof Rejection) return verified;
    const form = new Form(verified.parameters, {
      signed: verified.signed,
      receivedAtMs,
      wallMs: clock.wallMs(),
      windowMs,
      strictSids: verifier.strictSids,
    });
    // It chose the key, so it is a parameter that the agent reads.
    form.optional('AccountSid');
    const event = family.parse(form);
    const change = { key: family.key(event), reduce: (previous?: LedgerRecord) => family.reduce(previous, event) };
    return { change, unknown: form.unknown };
  }
}

function rawQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

function bodyOf(ctx: Context): Buffer {
  const body: unknown = ctx.request.body;
  return Buffer.isBuffer(body) ? body : NO_BODY;
}

const NO_BODY = Buffer.alloc(0);
