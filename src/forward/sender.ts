import type { IncomingMessage } from 'node:http';
import { TrustedProxies } from '../verify/proxy.ts';
import type { Sender } from './headers.ts';

/**
 * Tells the client of a request. The `X-Forwarded-*` that it brings are passed on, unless `trusted_proxies` says who may
 * speak for others and the peer is not among them. The scheme is that of the public URL with its host, or of the first.
 */
export function senders(
  publicUrls: readonly string[],
  trustedProxies: readonly string[],
): (req: IncomingMessage) => Sender {
  const proxies = new TrustedProxies(trustedProxies);
  const urls = publicUrls.map((url) => new URL(url));
  const schemes = new Map(urls.map(({ host, protocol }) => [host, protocol.slice(0, -1)]));
  const usual = urls[0]?.protocol.slice(0, -1) ?? 'http';
  return ({ socket, headers }) => {
    const peer = socket.remoteAddress ?? 'unknown';
    const secure = 'encrypted' in socket;
    return {
      address: peer.startsWith('::ffff:') ? peer.slice(7) : peer,
      proto: secure ? 'https' : (schemes.get(headers.host?.toLowerCase() ?? '') ?? usual),
      believed: trustedProxies.length === 0 || proxies.has(socket.remoteAddress),
    };
  };
}
