import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { Clock } from '../clock.ts';
import type { TwilioConfig } from '../config/schema.ts';
import type { Feed, Reading } from '../feeds/feed.ts';
import { Form, type Reception } from '../feeds/form.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EventLog } from '../log.ts';
import { Rejection } from '../rejection.ts';
import type { Verifier } from '../verify/verifier.ts';
import { awaitsContinue } from './gate.ts';
import { type ParameterLimits, parseParameters } from './parameters.ts';
import { bodyReader } from './read.ts';

export interface CallbackRoom extends Pick<Reception, 'windowMs' | 'errorCodes' | 'pathOf'> {
  readonly verifier: Verifier;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventLog;
  readonly limits: ParameterLimits & Pick<TwilioConfig, 'max_body_size'>;
}

/** One callback, from the raw request to a durable count. */
export function callbackHandler(feed: Feed, path: string, room: CallbackRoom): Middleware {
  const { verifier, ledger, clock, events, windowMs, errorCodes, pathOf, limits } = room;
  const readBody = bodyReader(limits);
  const log = `other:${feed.name}`;
  return async (ctx) => {
    // A refusal is handed on as a value: thrown through every layer between here and the answer it would cost a flood of
    // forged requests more than all that finds them out.
    try {
      const refused = awaitsContinue(ctx.req) ? goOn(ctx.req, ctx.res) : undefined;
      const callback = refused ?? read(ctx.req, await readBody(ctx));
      if (callback instanceof Rejection) {
        ctx.state.refused = callback;
        return;
      }
      const { changes, unknown } = callback;
      const [outcome] = await ledger.apply(changes);
      ctx.state.outcome = outcome;
      if (unknown) {
        const text = `${feed.name}: ${unknown} has a value that this version does not know: counted as other`;
        events.event('info', log, text);
      }
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      ctx.state.refused = error;
    }
  };

  /** Tells a sender that waits for it to send its body, or why not to: a refusal then costs nobody an upload. */
  function goOn(req: IncomingMessage, res: ServerResponse): Rejection | undefined {
    const refused = verifier.refusesHead(req);
    if (!refused && req.method === 'POST') res.writeContinue();
    return refused;
  }

  /** Verified and read. */
  function read(req: IncomingMessage, body: Buffer): Reading | Rejection {
    const receivedAtMs = clock.nowMs();
    const query = rawQuery(req.url ?? '');
    const parameters = parseParameters(req.method === 'GET' ? Buffer.from(query) : body, limits);
    const verified = verifier.verify(req, feed.name, path, query, parameters);
    if (verified instanceof Rejection) return verified;
    const form = new Form(verified.parameters, {
      signed: verified.signed,
      receivedAtMs,
      wallMs: clock.wallMs(),
      windowMs,
      errorCodes,
      pathOf,
      strictSids: verifier.strictSids,
    });
    // It chose the key, so it is a parameter that the agent reads.
    form.optional('AccountSid');
    return feed.read(form);
  }
}

function rawQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}
