import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:tls';
import type { TwilioConfig } from '../../config/schema.ts';
import type { TransportReason } from '../../rejection.ts';
import { broken, TIMEOUT } from './broken.ts';
import type { DoorCertificate } from './certificate.ts';
import { type Connection, follow } from './connection.ts';
import { watchHandshakes } from './handshakes.ts';
import { watchTimeouts } from './idle.ts';

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

/**
 * An `http.Server` that is fit for the open internet. What ends before it is a request is answered, closed and
 * reported once to `onError`; a request whose head is complete is the handler's, also when it breaks off.
 */
export function createHardenedServer(
  limits: ServerLimits,
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  onError: (reason: TransportReason) => void,
  certificate?: DoorCertificate,
): Server {
  const options = {
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
  };
  const server = certificate
    ? createTlsServer({ ...options, ...certificate.context, handshakeTimeout: limits.headers_timeout }, tracked)
    : createServer(options, tracked);
  certificate?.serve(server as unknown as TlsServer);
  const handshakes = certificate && watchHandshakes(server as unknown as TlsServer & Server, onError);
  function tracked(req: IncomingMessage, res: ServerResponse): void {
    const socket = req.socket as Connection;
    socket.closing ||= socket.latest?.getHeader('connection') === 'close';
    if (socket.closing) {
      socket.dropped = (socket.dropped ?? 0) + 1;
      onError('dropped');
      req.resume();
      return;
    }
    follow(socket, res);
    handler(req, res);
  }
  // Without this Node drops headers beyond the limit in silence; the header block itself is bounded by its size.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.max_connections;
  server.maxRequestsPerSocket = limits.max_requests_per_connection;
  const { expired } = watchTimeouts(server, limits, onError);
  // A client that has sent its request and says that it will send no more still waits for the answer.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // The handler judges what is expected as well: by itself Node answers 100 before anybody has looked at the head.
  server.on('checkContinue', tracked);
  server.on('checkExpectation', tracked);
  server.on('connect', (_req, socket: Connection) => {
    onError('connect');
    socket.onAnswered ??= () => socket.destroySoon();
    if (!socket.open) socket.onAnswered();
  });
  server.on('drop', () => onError('dropped'));
  server.on('dropRequest', (_req, socket: Connection) => {
    onError('dropped');
    // Node answers it with 503 and leaves the connection open.
    socket.onAnswered ??= () => socket.end();
    if (!socket.open) setImmediate(socket.onAnswered);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Connection) => {
    if (handshakes && !handshakes.isSecure(socket)) socket.destroy();
    else if (error.code === TIMEOUT) expired(socket);
    else broken(error, socket, onError);
  });
  return server;
}

/** Closes the connection with this answer, unless requests that came behind it are being worked on: they get theirs. */
export function closeWith(res: ServerResponse): void {
  if ((res.req.socket as Connection).latest === res) res.setHeader('Connection', 'close');
}
