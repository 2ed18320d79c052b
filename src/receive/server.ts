import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TwilioConfig } from '../config/schema.ts';
import type { Outcome, TransportReason } from '../rejection.ts';
import { spread } from './spread.ts';

export type ServerLimits = Pick<
  TwilioConfig,
  | 'max_header_size'
  | 'headers_timeout'
  | 'request_timeout'
  | 'keep_alive_timeout'
  | 'connections_check_interval'
  | 'max_connections'
  | 'max_requests_per_connection'
>;

/** The request ended before its body did: nobody is there to be answered, or the server has answered already. */
export class Aborted extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome = 'aborted') {
    super(outcome);
    this.outcome = outcome;
  }
}

/** What is known of the requests of a connection. */
interface TrackedSocket extends Socket {
  /** The answer to the request whose head arrived last; let go with it, so that an idle connection holds nothing. */
  latest?: ServerResponse | undefined;
  /** Requests whose head has arrived and whose answer is not sent. */
  open?: number;
  /** How much had arrived when the last answer was sent: what came since begins another request. */
  bytesAnswered?: number;
  /** The last answer closes the connection: whatever was sent behind its request is answered by nobody. */
  closing?: boolean;
  /** Set once what arrives cannot be understood any more; called when every earlier request is answered. */
  onAnswered?: () => void;
}

const LINGER_MS = 1_000;
/** So many bytes may be empty lines before a request line, which mean nothing. RFC 9112, 2.2 */
const NO_HEAD = 4;
const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/**
 * An `http.Server` that is fit for the open internet. What ends before it is a request is answered, closed and
 * reported once to `onError`; a request whose head is complete is the handler's, also when it breaks off.
 */
export function createHardenedServer(
  limits: ServerLimits,
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  onError: (reason: TransportReason) => void,
): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.max_header_size,
      // Node insists on this order; the head is part of the request.
      headersTimeout: Math.min(limits.headers_timeout, limits.request_timeout),
      requestTimeout: limits.request_timeout,
      keepAliveTimeout: limits.keep_alive_timeout,
      connectionsCheckingInterval: limits.connections_check_interval,
      insecureHTTPParser: false,
      // The handler refuses a missing Host itself: Node's own refusal could not be counted.
      requireHostHeader: false,
      noDelay: true,
    },
    tracked,
  );
  function tracked(req: IncomingMessage, res: ServerResponse): void {
    const socket = req.socket as TrackedSocket;
    socket.closing ||= socket.latest?.getHeader('connection') === 'close';
    if (socket.closing) {
      onError('dropped');
      req.resume();
      return;
    }
    socket.latest = res;
    socket.open = (socket.open ?? 0) + 1;
    // Not `once`: a response closes once anyway, and the wrapper would be made for each.
    res.on('close', answered);
    handler(req, res);
  }
  // Without this Node drops headers beyond the limit in silence; the header block itself is bounded by its size.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.max_connections;
  server.maxRequestsPerSocket = limits.max_requests_per_connection;
  // Node's other timeouts watch requests only; this one also finds a client that does not take its answer.
  server.timeout = limits.headers_timeout;
  server.on('timeout', (socket: TrackedSocket) => inactive(socket, limits.headers_timeout, onError));
  // A client that has sent its request and says that it will send no more still waits for the answer.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // The handler judges what is expected as well: by itself Node answers 100 before anybody has looked at the head.
  server.on('checkContinue', tracked);
  server.on('checkExpectation', tracked);
  server.on('connect', (_req, socket: TrackedSocket) => {
    onError('connect');
    socket.onAnswered ??= () => socket.destroySoon();
    if (!socket.open) socket.onAnswered();
  });
  server.on('drop', () => onError('dropped'));
  server.on('dropRequest', (_req, socket: TrackedSocket) => {
    onError('dropped');
    // Node answers it with 503 and leaves the connection open.
    socket.onAnswered ??= () => socket.end();
    if (!socket.open) setImmediate(socket.onAnswered);
  });
  const later = spread();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: TrackedSocket) => {
    if (error.code !== TIMEOUT) return broken(error, socket, onError);
    // Slow clients that came together reach their time-out together.
    const { latest } = socket;
    const arriving = latest && !latest.req.complete;
    later(() => {
      const arrived = arriving ? latest.req.complete : socket.latest !== latest;
      if (!arrived) broken(error, socket, onError);
    });
  });
  return server;
}

/** Closes the connection with this answer, unless requests that came behind it are being worked on: they get theirs. */
export function closeWith(res: ServerResponse): void {
  if ((res.req.socket as TrackedSocket).latest === res) res.setHeader('Connection', 'close');
}

function answered(this: ServerResponse): void {
  const socket = this.req.socket as TrackedSocket;
  socket.open = (socket.open ?? 1) - 1;
  socket.bytesAnswered = socket.bytesRead;
  if (socket.latest === this && this.req.complete) socket.latest = undefined;
  if (socket.open === 0) socket.onAnswered?.();
}

/** Ends a connection on which nothing more can be understood, after the answers that are due. */
function broken(error: NodeJS.ErrnoException, socket: TrackedSocket, onError: (reason: TransportReason) => void): void {
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
    else {
      latest.removeListener('close', answered);
      socket.open = (socket.open ?? 1) - 1;
    }
  }
  if (!socket.open) socket.onAnswered();
}

/** Tells whoever reads the body; false when nobody does: an error that nobody hears would end the process. */
const tell = (req: IncomingMessage, error: Aborted): boolean =>
  req.listenerCount('error') > 0 && req.emit('error', error);

/** No byte went either way for a while. Whoever still sends a request is watched by the server's other limits. */
function inactive(socket: TrackedSocket, timeoutMs: number, onError: (reason: TransportReason) => void): void {
  const { latest, open, closing, onAnswered } = socket;
  if (!open && !latest && !closing && !onAnswered && socket.bytesRead - (socket.bytesAnswered ?? 0) > NO_HEAD) {
    // A head that stopped: this comes before Node's own check of it.
    broken(Object.assign(new Error(), { code: TIMEOUT }), socket, onError);
    return;
  }
  const working = open && !onAnswered && latest && !latest.writableEnded;
  if (working) socket.setTimeout(timeoutMs);
  else socket.destroy();
}

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

/** Answers on the bare socket and reads on for a moment: closing at once would reset the connection and lose the answer. */
function endWith(socket: Socket, status: string, reason: TransportReason): void {
  if (!socket.writable) return;
  const body = `${reason}: the connection is closed\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
