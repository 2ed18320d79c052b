import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { requestHeaders } from '../../src/forward/headers.ts';
import { senders } from '../../src/forward/sender.ts';

/** The `X-Forwarded-*` and `Forwarded` that the application gets. */
function told(
  publicUrls: readonly string[],
  trusted: readonly string[],
  peer: string,
  lines: readonly (readonly [string, string])[],
  encrypted = false,
): Record<string, string> {
  const headers = Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
  const socket = { remoteAddress: peer, ...(encrypted ? { encrypted } : {}) };
  const sender = senders(publicUrls, trusted)({ socket, headers } as unknown as IncomingMessage);
  const passed = requestHeaders(lines.flat(), false, sender);
  const found: Record<string, string> = {};
  for (let i = 0; i < passed.length; i += 2) {
    const name = passed[i]!.toLowerCase();
    if (name.includes('forwarded')) found[name] = name in found ? `${found[name]} | ${passed[i + 1]}` : passed[i + 1]!;
  }
  return found;
}

const HOST = ['Host', 'hooks.example.com'] as const;
const EVIL = [
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Port', '99'],
  ['Forwarded', 'host=evil.example'],
] as const;

describe('forward: what the application is told of the client', () => {
  const URLS = ['http://plain.example.com', 'https://hooks.example.com'];

  it('the peer, the Host, and the scheme of the public URL with that host', () => {
    expect(told(URLS, [], '::ffff:10.0.0.1', [HOST])).to.deep.equal({
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'hooks.example.com',
    });
  });

  it('for another Host the scheme of the first public URL, https on a connection with TLS, http where nothing is known', () => {
    const other = ['Host', 'other.example.com:8080'] as const;
    expect(told(URLS, [], '10.0.0.1', [other])).to.include({
      'x-forwarded-proto': 'http',
      'x-forwarded-host': other[1],
    });
    expect(told(URLS, [], '10.0.0.1', [other], true)).to.include({ 'x-forwarded-proto': 'https' });
    expect(told([], [], '10.0.0.1', [HOST])).to.include({ 'x-forwarded-proto': 'http' });
  });

  it('what a trusted proxy says stays, and the peer is added', () => {
    expect(told(URLS, ['10.0.0.0/8'], '10.0.0.1', [HOST, ...EVIL])).to.deep.equal({
      'x-forwarded-for': '203.0.113.7 | 10.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-port': '99',
      forwarded: 'host=evil.example',
    });
  });

  it('where no proxy is named, the client and the scheme stay, and no host or port but that of Host', () => {
    expect(told(URLS, [], '10.0.0.1', [HOST, ...EVIL])).to.deep.equal({
      'x-forwarded-for': '203.0.113.7 | 10.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'hooks.example.com',
    });
  });

  it('what somebody says who is none of the trusted proxies is replaced', () => {
    expect(told(URLS, ['10.0.0.0/8'], '192.0.2.1', [HOST, ...EVIL])).to.deep.equal({
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'hooks.example.com',
    });
  });

  it('Connection takes neither Host nor the length nor these away', () => {
    const connection = ['Connection', 'Host, Content-Length, X-Forwarded-For, X-Forwarded-Host, X-Gone'] as const;
    const sender = { address: '10.0.0.1', proto: 'https', believed: 'all' } as const;
    const passed = requestHeaders([...connection, ...HOST, 'Content-Length', '3', 'X-Gone', '1'], false, sender);
    expect(passed).to.deep.equal([
      ...[...HOST, 'Content-Length', '3'],
      ...['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'hooks.example.com', 'X-Forwarded-For', '10.0.0.1'],
    ]);
  });
});
