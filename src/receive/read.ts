import type { IncomingMessage } from 'node:http';
import { Aborted } from './server.ts';

/** Reads a body whose length was declared and found small enough; Node ends it there. Fails when it breaks off. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, fail) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // It stays: an error that nobody hears would end the process.
    req.on('error', fail);
    req.on('close', () => {
      if (!req.complete) fail(new Aborted());
    });
  });
}
