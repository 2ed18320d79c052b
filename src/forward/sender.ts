import type { IncomingMessage } from 'node:http';
import { TrustedProxies } from '../verify/proxy.ts';
import type { Sender } from './headers.ts';

/**
 * Tells the client of a request. What it says of itself is believed of a trusted proxy; where none is named, some of it is
 * passed on, because whatever stood before the application until now may have said it. The scheme is that of the public
 * URL with its host, or of the first.
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
      believed: proxies.has(socket.remoteAddress) ? 'all' : trustedProxies.length === 0 ? 'client' : 'nothing',
    };
  };
}
