import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** The peers whose `X-Forwarded-*` headers are believed, from a list of addresses and CIDRs. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #empty: boolean;

  constructor(cidrs: readonly string[]) {
    this.#empty = cidrs.length === 0;
    for (const cidr of cidrs) {
      const [address = '', bits] = cidr.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(peer: string | undefined): boolean {
    if (!peer || this.#empty) return false;
    const address = peer.startsWith('::ffff:') ? peer.slice(7) : peer;
    if (isIPv4(address)) return this.#list.check(address, 'ipv4');
    return isIPv6(address) && this.#list.check(address, 'ipv6');
  }
}

const HOST = /^[A-Za-z0-9._-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:.]+\](?::\d{1,5})?$/;

/** The origin and path prefix that the client used, by `Host` and whether it spoke TLS, or by `X-Forwarded-*` when `trusted`. */
export function requestOrigin(headers: IncomingHttpHeaders, trusted: boolean, secure = false): string | undefined {
  const forwarded = (name: string) => (trusted ? first(headers[name]) : undefined);
  const proto = forwarded('x-forwarded-proto')?.toLowerCase() ?? (secure ? 'https' : 'http');
  const port = forwarded('x-forwarded-port');
  let host = forwarded('x-forwarded-host') ?? headers.host;
  if (!host || !HOST.test(host) || (proto !== 'http' && proto !== 'https')) return undefined;
  const standard = proto === 'https' ? '443' : '80';
  if (port && /^\d{1,5}$/.test(port) && port !== standard && !/:\d+$/.test(host)) host += `:${port}`;
  const prefix = forwarded('x-forwarded-prefix') ?? '';
  return `${proto}://${host}${/^(?:\/[\w.~-]+)+$/.test(prefix) ? prefix : ''}`;
}

function first(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim() || undefined;
}
