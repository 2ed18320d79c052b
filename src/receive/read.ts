import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import bodyParser from 'koa-bodyparser';
import type { TwilioConfig } from '../config/schema.ts';
import type { Feed } from '../feeds/feed.ts';
import { bodyLimit, tooLarge } from './gate.ts';
import { Aborted } from './server/broken.ts';

export type BodyLimits = Pick<TwilioConfig, 'max_body_size' | 'max_json_body_size'>;

/** Resolves with the bytes of a body, which are nobody else's; fails with a `Rejection`, or `Aborted` when it breaks off. */
export type ReadBody = (ctx: Context) => Buffer | Promise<Buffer>;

const NO_BODY = Buffer.alloc(0);

/**
 * Reads bodies, bounded and as bytes. The body parser parses nothing: it would change names that Twilio signed. The usual
 * body, whose length is declared, is read with less machinery.
 */
export function bodyReader({ content }: Feed, limits: BodyLimits): ReadBody {
  const parser = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: ['application/x-www-form-urlencoded', 'application/json', 'application/*+json'] },
    textLimit: `${bodyLimit(content, limits)}b`,
    // Bytes, not text: decoding would replace what is not UTF-8.
    encoding: null as never,
    onerror: (error) => {
      throw readError(error, content);
    },
  });
  return (ctx) => {
    const { method, headers } = ctx.req;
    if (headers['transfer-encoding'] !== undefined) return parsed(ctx);
    const length = headers['content-length'];
    // What a GET carries is not waited for: Node drops it.
    return method === 'GET' || length === undefined || length === '0' ? NO_BODY : readDeclared(ctx.req, content);
  };

  async function parsed(ctx: Context): Promise<Buffer> {
    await parser(ctx, async () => {});
    const body: unknown = ctx.request.body;
    return Buffer.isBuffer(body) ? body : NO_BODY;
  }
}

/** Reads a body whose length was declared and found small enough; Node ends it there. */
function readDeclared(req: IncomingMessage, content: Feed['content']): Promise<Buffer> {
  return new Promise((resolve, fail) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // It stays: an error that nobody hears would end the process.
    req.on('error', (error) => fail(readError(error, content)));
    req.on('close', () => {
      if (!req.complete) fail(new Aborted());
    });
  });
}

function readError(error: Error & { type?: string; code?: string }, content: Feed['content']): Error {
  if (error instanceof Aborted) return error;
  if (error.type === 'entity.too.large') return tooLarge(content);
  if (error.type === 'request.aborted' || error.type === 'request.size.invalid') return new Aborted();
  return error.code === 'ECONNRESET' || error.code === 'ECONNABORTED' ? new Aborted() : error;
}
