import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rejection } from '../rejection.ts';
import { closeWith } from './server/server.ts';

/** How long a sender may pause, and how long it may send in all, before the connection is closed on it. */
const LINGER_PAUSE_MS = 1_000;
const LINGER_MS = 5_000;

/** Writes the answer of a refusal, so that it arrives even where the sender is still sending. */
export function writeRefusal(req: IncomingMessage, res: ServerResponse, rejection: Rejection, allow: string): void {
  if (res.headersSent || res.destroyed || !req.socket.writable) {
    res.destroy();
    return;
  }
  const unread = hasBody(req) && !req.complete;
  const silent = req.method === 'HEAD' || req.method === 'OPTIONS';
  const body = silent ? '' : rejection.body;
  res.statusCode = rejection.status;
  if (!silent) res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  if (rejection.status === 405) res.setHeader('Allow', allow);
  if (unread) res.setHeader('Connection', 'close');
  else if (rejection.status === 503) closeWith(res);
  if (!unread) {
    res.end(body);
    return;
  }
  if (silent) res.flushHeaders();
  else res.write(body);
  linger(req, () => res.end());
}

const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

/** Reads and forgets the rest of a body for a bounded time, then calls `done` once. */
function linger(req: IncomingMessage, done: () => void): void {
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    clearTimeout(pause);
    clearTimeout(deadline);
    done();
  };
  // The event loop runs timers before it reads: where it was late, the sender did not pause.
  let paused = false;
  const pause = setTimeout(() => {
    paused = true;
    setImmediate(() => paused && finish());
  }, LINGER_PAUSE_MS);
  const deadline = setTimeout(finish, LINGER_MS);
  req.on('data', () => {
    paused = false;
    pause.refresh();
  });
  req.on('end', finish);
  req.on('error', finish);
  req.on('close', finish);
  req.resume();
}
