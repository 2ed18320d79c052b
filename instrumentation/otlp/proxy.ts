/** The proxies of the environment: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, also in lower case, by one rule for every road out. */
import { type ClientRequest, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { type RequestOptions, Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { getProxyForUrl } from 'proxy-from-env';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** The proxy for a URL. What runs on this machine needs none. Throws where the environment names none that can be used. */
export function proxyFor(url: string): URL | undefined {
  const { hostname, protocol } = new URL(url);
  const proxy = LOOPBACK.test(hostname) ? '' : getProxyForUrl(url);
  if (proxy === '') return undefined;
  const parsed = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.hostname !== '') return parsed;
  throw new Error(
    `the proxy of the environment (${protocol.slice(0, -1).toUpperCase()}_PROXY) is no http or https URL`,
  );
}

export interface ProxyLimits {
  /** How long the proxy may take to connect: one that never answers must not keep its connections. */
  readonly timeoutMs: number;
}

/** What sends requests for a URL by way of a proxy; `undefined` where they go straight. */
export function proxyAgent(url: string, limits: ProxyLimits): PlainAgent | undefined {
  const proxy = proxyFor(url);
  if (!proxy) return undefined;
  return url.startsWith('https:') ? new Tunnel(proxy, limits) : new Forward(proxy);
}

/** Name and password of a proxy's URL, as they are before they are encoded. */
export const credentialsOf = ({ username, password }: URL): string =>
  username === '' ? '' : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;

const authorization = (proxy: URL): Record<string, string> => {
  const credentials = credentialsOf(proxy);
  return credentials === '' ? {} : { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
};

/** Where a proxy listens; an address of IPv6 without its brackets. */
const placeOf = ({ hostname, port, protocol }: URL) => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port) || (protocol === 'https:' ? 443 : 80),
});

type Done = (error: Error | null, socket: Duplex) => void;

/**
 * TLS through a proxy's CONNECT. Not the usual package: there a request that is given up leaves its connection with a proxy
 * that never answers, one for each push.
 */
class Tunnel extends TlsAgent {
  readonly #proxy: URL;
  readonly #limits: ProxyLimits;

  constructor(proxy: URL, limits: ProxyLimits) {
    super({ keepAlive: false });
    this.#proxy = proxy;
    this.#limits = limits;
  }

  override createConnection(options: RequestOptions, done?: Done): undefined {
    const { host, port } = options;
    const target = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
    const request = this.#proxy.protocol === 'https:' ? tlsRequest : plainRequest;
    const headers = { Host: target, ...authorization(this.#proxy) };
    const asked = request({ ...placeOf(this.#proxy), method: 'CONNECT', path: target, headers, agent: false });
    const failed = done as ((error: Error) => void) | undefined;
    asked.setTimeout(this.#limits.timeoutMs, () =>
      asked.destroy(new Error(`the proxy did not connect within ${this.#limits.timeoutMs} ms`)),
    );
    asked.on('error', (error) => failed?.(error));
    asked.on('connect', ({ statusCode, statusMessage }, socket) => {
      socket.setTimeout(0);
      if (statusCode === 200) {
        done?.(null, connectTls({ ...(options as ConnectionOptions), host: undefined, path: undefined, socket }));
        return;
      }
      // The connection is no longer the request's: destroying that one would raise an error that nobody hears.
      socket.destroy();
      failed?.(new Error(`the proxy answers ${statusCode} ${statusMessage ?? ''}`.trimEnd()));
    });
    asked.end();
  }
}

/** Plain HTTP by asking a proxy for the whole URL. */
class Forward extends PlainAgent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super({ keepAlive: false });
    this.#proxy = proxy;
  }

  /** Node calls it with each request, before anything is written. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const { host, port } = options;
    request.path = `http://${host?.includes(':') ? `[${host}]` : host}:${port ?? 80}${request.path}`;
    for (const [name, value] of Object.entries(authorization(this.#proxy))) request.setHeader(name, value);
    const place = { ...options, ...placeOf(this.#proxy) };
    (PlainAgent.prototype as unknown as Forward).addRequest.call(this, request, place);
  }

  override createConnection(options: RequestOptions): Duplex {
    const place = placeOf(this.#proxy);
    return this.#proxy.protocol === 'https:'
      ? connectTls({ ...place, servername: place.host })
      : connectPlain({ ...place, ...(options.signal ? { signal: options.signal } : {}) });
  }
}
