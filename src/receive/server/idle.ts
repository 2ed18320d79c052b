import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { TransportReason } from '../../rejection.ts';
import { afterReading } from './after-reading.ts';
import { broken, endReading, timedOut } from './broken.ts';
import { type Connection, hasHalfHead, isIdle, NO_HEAD } from './connection.ts';
import type { ServerLimits } from './server.ts';

/**
 * Ends connections on which nothing happens, and requests that do not arrive. The event loop runs timers before it reads:
 * where it was late, a time-out speaks of a connection whose bytes have long been here. So none is believed before the
 * loop has read once more.
 */
export function watchTimeouts(
  server: Server,
  limits: ServerLimits,
  onError: (reason: TransportReason) => void,
): { readonly expired: (socket: Connection) => void } {
  // Connections that came together reach their time-outs together.
  const later = afterReading();
  const connections = new Set<Connection>();
  // Of a server that speaks TLS, what becomes HTTP is another socket than the one that is connected.
  const opened = server instanceof TlsServer ? 'secureConnection' : 'connection';
  server.on(opened, (socket: Connection) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // Node's other timeouts watch requests only; this one also finds a client that does not take its answer.
  server.timeout = limits.headers_timeout;
  server.on('timeout', inactive);
  // Node's own way destroys them, with whatever was sent to them and is not read yet.
  server.closeIdleConnections = () => {
    for (const socket of connections) unlessMoved(socket, (each) => isIdle(each) && retire(each));
  };
  return { expired };

  /** No byte went either way for a while. Whoever still sends a request is watched by the server's other limits. */
  function inactive(socket: Connection): void {
    const { latest, open, onAnswered } = socket;
    if (open && !onAnswered && latest && !latest.writableEnded) socket.setTimeout(limits.headers_timeout);
    else unlessMoved(socket, end);
  }

  function unlessMoved(socket: Connection, then: (socket: Connection) => void): void {
    const bytes = moved(socket);
    later(() => moved(socket) === bytes && then(socket));
  }

  function end(socket: Connection): void {
    if (isIdle(socket)) retire(socket);
    // This comes before Node's own check of the head.
    else if (hasHalfHead(socket)) broken(timedOut(), socket, onError);
    // Its client does not take the answer.
    else socket.destroy();
  }

  /** Node found that a request did not arrive in time, and looks no more at this one. */
  function expired(socket: Connection): void {
    const { latest, bytesAnswered } = socket;
    const arriving = latest && !latest.req.complete;
    later(() => {
      // That nothing is sent at all is no fault.
      if (isIdle(socket) && socket.bytesRead <= NO_HEAD) return retire(socket);
      const headArrived = socket.latest !== latest || socket.bytesAnswered !== bytesAnswered;
      const arrived = arriving ? latest.req.complete : headArrived;
      if (!arrived) return broken(timedOut(), socket, onError);
      const late = socket.latest;
      if (!late || late.req.complete) return;
      // Only the head has arrived: for the body there is the rest of the time.
      const leftMs = Math.max(0, limits.request_timeout - limits.headers_timeout);
      setTimeout(() => socket.latest === late && expired(socket), leftMs).unref();
    });
  }

  /** Ends an idle connection. What was sent before its sender saw that is counted, though nobody answers it. */
  function retire(socket: Connection): void {
    const { bytesRead } = socket;
    socket.closing = true;
    socket.onAnswered = () => {};
    endReading(socket);
    socket.once('close', () => {
      if (!socket.dropped && socket.bytesRead - bytesRead > NO_HEAD) onError('dropped');
    });
  }
}

/** How many bytes have gone either way. */
const moved = ({ bytesRead, bytesWritten, writableLength }: Connection): number =>
  bytesRead + bytesWritten - writableLength;
