import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Outcome, TransportReason } from '../../rejection.ts';
import { type Connection, unfollow } from './connection.ts';

/** The request ended before its body did: nobody is there to be answered, or the server has answered already. */
export class Aborted extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome = 'aborted') {
    super(outcome);
    this.outcome = outcome;
  }
}

export const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** What Node says of a request that did not arrive in time. */
export const timedOut = (): NodeJS.ErrnoException => Object.assign(new Error(), { code: TIMEOUT });

const LINGER_MS = 1_000;

/** Ends a connection on which nothing more can be understood, after the answers that are due. */
export function broken(
  error: NodeJS.ErrnoException,
  socket: Connection,
  onError: (reason: TransportReason) => void,
): void {
  // The parser reports each piece that follows, too.
  if (socket.onAnswered) return;
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = answerTo(error.code);
  const { latest } = socket;
  socket.onAnswered = () => endWith(socket, status, reason);
  if (!latest || latest.req.complete) onError(reason);
  else {
    // Whoever reads the body hears that it ends, and counts it; this answer takes the place of the request's own. Who
    // does not (a page, a GET) goes on as if all were well, and answers.
    const heard = tell(latest.req, new Aborted(outcomeOf(error.code, reason)));
    if (latest.headersSent || !heard) socket.onAnswered = () => socket.destroySoon();
    else unfollow(socket, latest);
  }
  if (!socket.open) socket.onAnswered();
}

/** Tells whoever reads the body; false when nobody does: an error that nobody hears would end the process. */
const tell = (req: IncomingMessage, error: Aborted): boolean =>
  req.listenerCount('error') > 0 && req.emit('error', error);

function outcomeOf(code: string | undefined, reason: TransportReason): Outcome {
  const brokenOff = code === 'HPE_INVALID_EOF_STATE' || reason === 'request_timeout';
  return brokenOff ? 'aborted' : (reason as Outcome);
}

function answerTo(code: string | undefined): readonly [status: string, reason: TransportReason] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', 'headers_too_many'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['413 Payload Too Large', 'body_too_large'];
    case TIMEOUT:
      return ['408 Request Timeout', 'request_timeout'];
    default:
      return ['400 Bad Request', 'bad_request'];
  }
}

/** Answers on the bare socket, and closes. */
function endWith(socket: Socket, status: string, reason: TransportReason): void {
  if (!socket.writable) return;
  const body = `${reason}: the connection is closed\n`;
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}`;
  endReading(socket, `${head}\r\n\r\n${body}`);
}

/** Sends the last text and reads on for a moment: closing at once would reset the connection, and lose what was sent. */
export function endReading(socket: Socket, text = ''): void {
  socket.end(text);
  socket.setTimeout(0);
  socket.resume();
  // What has arrived while the event loop was busy is read before the end, or it would reset the connection, too.
  const timer = setTimeout(() => setImmediate(() => socket.destroy()), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
