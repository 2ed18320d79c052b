import type { IncomingMessage } from 'node:http';
import { isOneOf } from './own-url.ts';
import { requestOrigin, TrustedProxies } from './proxy.ts';
import { signedVariants } from './public-url.ts';

export interface Urls {
  readonly publicUrls: readonly string[];
  /** Exact public URLs of single families, which do not follow the local path. */
  readonly familyUrls: Readonly<Record<string, readonly string[]>>;
  readonly trustedProxies: readonly string[];
}

/** The URLs of so many paths are kept: below a prefix that is forwarded anybody can make up others. */
const KEPT = 1_000;

/** The URLs that Twilio calls and signs: those that are configured, else what the request itself says. */
export class CalledUrls {
  readonly #bases = new Map<string, readonly string[]>();
  readonly #urls: Urls;
  readonly #proxies: TrustedProxies;

  constructor(urls: Urls) {
    this.#urls = urls;
    this.#proxies = new TrustedProxies(urls.trustedProxies);
  }

  /** The URLs, without a query, that a request to a family's local path may have been signed for. */
  of(req: IncomingMessage, family: string, path: string): readonly string[] {
    const { publicUrls, familyUrls } = this.#urls;
    const own = familyUrls[family];
    const configured = own?.length || publicUrls.length;
    if (!configured) {
      const origin = this.#originOf(req);
      return origin ? signedVariants(origin + path) : [];
    }
    let urls = this.#bases.get(path);
    if (!urls) {
      // A family with URLs of its own answers to them and to its place under the public URLs alike.
      const all = [...(own ?? []), ...publicUrls.map((base) => base + path)];
      urls = [...new Set(all.flatMap(signedVariants))];
      if (this.#bases.size < KEPT) this.#bases.set(path, urls);
    }
    return urls;
  }

  /** True for a URL under which Twilio reaches this agent, below the local path; `req` is one that was verified. */
  isOwn(url: string, path: string, req: IncomingMessage): boolean {
    const { publicUrls, familyUrls } = this.#urls;
    const origin = publicUrls.length > 0 ? undefined : this.#originOf(req);
    const bases = origin === undefined ? publicUrls : [origin];
    const paths = bases.map((base) => base + path);
    return isOneOf(url, paths, Object.values(familyUrls).flat());
  }

  #originOf(req: IncomingMessage): string | undefined {
    const trusted = this.#proxies.has(req.socket.remoteAddress);
    return requestOrigin(req.headers, trusted, 'encrypted' in req.socket);
  }
}
