import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { EventReading, Feed, FormFeed } from '../feeds/feed.ts';
import { Form } from '../feeds/reading/form.ts';
import { Rejection } from '../rejection.ts';
import { ACCOUNT_NAMES } from '../verify/keys.ts';
import type { Verified } from '../verify/verifier.ts';
import { VERSION } from '../version.ts';
import { readBatch } from './batch.ts';
import { awaitsContinue, spokenTo } from './gate.ts';
import { parseParameters } from './parameters.ts';
import { isProbed, readProbe, SAW, saw } from './probe.ts';
import { bodyReader } from './read.ts';
import { type CallbackRoom, rawQuery, receive, tellUnknown } from './room.ts';

/** One request of a feed, from its bytes to a durable count. */
export function callbackHandler(feed: Feed, path: string, room: CallbackRoom): Middleware {
  const handle = handlerOf(feed, path, room);
  if (feed.content === 'form' || !feed.asForm) return handle;
  const handleForm = handlerOf(feed.asForm, path, room);
  return (ctx, next) => (spokenTo(ctx.req, feed) === feed ? handle : handleForm)(ctx, next);
}

function handlerOf(feed: Feed, path: string, room: CallbackRoom): Middleware {
  const { verifier, proofs, ledger, events, limits } = room;
  const proof = feed.content === 'form' ? verifier : proofs[feed.proof];
  const readBody = bodyReader(feed, limits);
  return async (ctx) => {
    // A refusal is handed on as a value: thrown through every layer between here and the answer it would cost a flood of
    // forged requests more than all that finds them out.
    try {
      const refused = awaitsContinue(ctx.req) ? goOn(ctx.req, ctx.res) : undefined;
      if (refused) {
        ctx.state.refused = refused;
        return;
      }
      const body = await readBody(ctx);
      if (feed.content === 'json') {
        await readBatch(ctx, feed, path, body, room);
        return;
      }
      const reading = readForm(ctx.req, feed, path, body, room);
      if (reading instanceof Rejection) {
        ctx.state.refused = reading;
        return;
      }
      if (isProbed(reading)) ctx.set(SAW, saw(ctx.req, VERSION));
      const [outcome] = await ledger.apply(reading.changes);
      ctx.state.outcome = reading.ignored ? 'ignored' : outcome;
      if (reading.unknown) tellUnknown(feed, reading.unknown, events);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      ctx.state.refused = error;
    }
  };

  /** Tells a sender that waits for it to send its body, or why not to: a refusal then costs nobody an upload. */
  function goOn(req: IncomingMessage, res: ServerResponse): Rejection | undefined {
    const refused = proof.refusesHead(req);
    if (!refused && req.method === 'POST') res.writeContinue();
    return refused;
  }
}

/** Verifies and reads a form, which holds one event. */
function readForm(
  req: IncomingMessage,
  feed: FormFeed,
  path: string,
  body: Buffer,
  room: CallbackRoom,
): EventReading | Rejection {
  const verified = verifyForm(req, feed.name, path, body, room);
  return verified instanceof Rejection ? verified : readVerified(req, feed, verified, room);
}

/** What the parameters are, once they are Twilio's; `body` is overwritten. Throws a `Rejection` where they are none. */
export function verifyForm(
  req: IncomingMessage,
  family: string,
  path: string,
  body: Buffer,
  { verifier, parameterLimits }: CallbackRoom,
): Verified | Rejection {
  const query = rawQuery(req.url ?? '');
  const parameters = parseParameters(req.method === 'GET' ? Buffer.from(query) : body, parameterLimits(family));
  return verifier.verify(req, family, path, query, parameters);
}

/** The event in a verified form. Throws a `Rejection` where it does not hold what the feed takes. */
export function readVerified(
  req: IncomingMessage,
  feed: FormFeed,
  { parameters, signed }: Verified,
  room: CallbackRoom,
): EventReading {
  const reception = receive(req, room, signed);
  room.keeper?.form(feed.name, req.method, parameters, reception.isOwnUrl);
  const form = new Form(parameters, reception);
  // It chose the key, so it is a parameter that the agent reads.
  for (const name of ACCOUNT_NAMES) if (form.optional(name) !== undefined) break;
  try {
    return feed.read(form);
  } catch (error) {
    // Only who holds a token is told how its request arrived.
    const probed = signed && error instanceof Rejection ? readProbe(form, error) : undefined;
    if (!probed) throw error;
    return probed;
  }
}
