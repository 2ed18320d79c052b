import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import bodyParser from 'koa-bodyparser';
import type { TwilioConfig } from '../config/schema.ts';
import { reject } from '../rejection.ts';
import { Aborted } from './broken.ts';

/** Resolves with the bytes of a form, which are nobody else's; fails with a `Rejection`, or `Aborted` when it breaks off. */
export type ReadBody = (ctx: Context) => Buffer | Promise<Buffer>;

const NO_BODY = Buffer.alloc(0);

/**
 * Reads bodies, bounded and as bytes. The body parser parses nothing: it would change names that Twilio signed. The usual
 * body, whose length is declared, is read with less machinery.
 */
export function bodyReader({ max_body_size }: Pick<TwilioConfig, 'max_body_size'>): ReadBody {
  const parser = bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: ['application/x-www-form-urlencoded'] },
    textLimit: `${max_body_size}b`,
    // Bytes, not text: decoding would replace what is not UTF-8.
    encoding: null as never,
    onerror: (error) => {
      throw readError(error);
    },
  });
  return (ctx) => {
    const { method, headers } = ctx.req;
    if (headers['transfer-encoding'] !== undefined) return parsed(ctx);
    const length = headers['content-length'];
    // What a GET carries is not waited for: Node drops it.
    return method === 'GET' || length === undefined || length === '0' ? NO_BODY : readDeclared(ctx.req);
  };

  async function parsed(ctx: Context): Promise<Buffer> {
    await parser(ctx, async () => {});
    const body: unknown = ctx.request.body;
    return Buffer.isBuffer(body) ? body : NO_BODY;
  }
}

/** Reads a body whose length was declared and found small enough; Node ends it there. */
function readDeclared(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, fail) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // It stays: an error that nobody hears would end the process.
    req.on('error', (error) => fail(readError(error)));
    req.on('close', () => {
      if (!req.complete) fail(new Aborted());
    });
  });
}

function readError(error: Error & { type?: string; code?: string }): Error {
  if (error instanceof Aborted) return error;
  if (error.type === 'entity.too.large') return reject('body_too_large');
  if (error.type === 'request.aborted' || error.type === 'request.size.invalid') return new Aborted();
  return error.code === 'ECONNRESET' || error.code === 'ECONNABORTED' ? new Aborted() : error;
}
