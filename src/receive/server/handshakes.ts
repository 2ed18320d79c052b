import type { Socket } from 'node:net';
import type { Server } from 'node:tls';
import type { TransportReason } from '../../rejection.ts';

/**
 * Follows connections until they speak TLS. One that never does is counted once when it ends, unless nothing was sent on it,
 * as by the check of a load balancer; and it ends, because the server waits for a handshake only so long.
 */
export function watchHandshakes(
  server: Server & { closeAllConnections(): void },
  onError: (reason: TransportReason) => void,
): { readonly isSecure: (socket: Socket) => boolean } {
  const secure = new WeakSet<Socket>();
  const pending = new Map<string, Socket>();
  server.on('connection', (raw: Socket) => {
    const key = peer(raw);
    pending.set(key, raw);
    raw.once('close', () => {
      if (pending.get(key) !== raw) return;
      pending.delete(key);
      if (raw.bytesRead > 0) onError('tls_handshake');
    });
  });
  server.on('secureConnection', (socket) => {
    secure.add(socket);
    pending.delete(peer(socket));
  });
  // Node's own ends only connections that have become HTTP.
  const closeHttp = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeHttp();
    for (const raw of pending.values()) raw.destroy();
  };
  return { isSecure: (socket) => secure.has(socket) };
}

const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
