import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TwilioConfig } from '../config/schema.ts';
import type { TransportReason } from '../rejection.ts';

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

/** A socket with the number of its requests whose head has arrived and which are not answered yet. */
interface TrackedSocket extends Socket {
  openRequests?: number;
}

const LINGER_MS = 1_000;

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
      headersTimeout: limits.headers_timeout,
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
    socket.openRequests = (socket.openRequests ?? 0) + 1;
    res.once('close', () => {
      socket.openRequests = (socket.openRequests ?? 1) - 1;
    });
    handler(req, res);
  }
  // Without this Node drops headers beyond the limit in silence; the header block itself is bounded by its size.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.max_connections;
  server.maxRequestsPerSocket = limits.max_requests_per_connection;
  server.on('checkExpectation', tracked);
  server.on('connect', (_req, socket) => {
    onError('connect');
    socket.destroy();
  });
  server.on('drop', () => onError('dropped'));
  server.on('dropRequest', () => onError('dropped'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: TrackedSocket) => {
    const ofRequest = (socket.openRequests ?? 0) > 0;
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, reason] = answerTo(error.code);
    if (!ofRequest) onError(reason);
    endWith(socket, status, reason);
  });
  return server;
}

function answerTo(code: string | undefined): readonly [status: string, reason: TransportReason] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', 'headers_too_many'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['413 Payload Too Large', 'body_too_large'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'request_timeout'];
    default:
      return ['400 Bad Request', 'bad_request'];
  }
}

/** Answers on the bare socket and reads on for a moment: closing at once would reset the connection and lose the answer. */
function endWith(socket: Socket, status: string, reason: TransportReason): void {
  const body = `${reason}: the connection is closed\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
