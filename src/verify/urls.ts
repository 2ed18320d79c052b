import type { IncomingMessage } from 'node:http';
import { placeOf } from './own-url.ts';
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
  readonly #exactPlaces: ReadonlySet<string>;
  #places: readonly string[] | undefined;

  constructor(urls: Urls) {
    this.#urls = urls;
    this.#proxies = new TrustedProxies(urls.trustedProxies);
    this.#exactPlaces = new Set(placesOf(Object.values(urls.familyUrls).flat()));
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
    const place = placeOf(url);
    if (place === undefined) return false;
    const { publicUrls } = this.#urls;
    const below = publicUrls.length > 0 ? this.#publicPlaces(path) : placesOf([this.#originOf(req) + path]);
    return below.some((each) => place.startsWith(`${each}/`)) || this.#exactPlaces.has(place);
  }

  /** The places of the public URLs, found once: the local path does not change while the agent runs. */
  #publicPlaces(path: string): readonly string[] {
    this.#places ??= placesOf(this.#urls.publicUrls.map((base) => base + path));
    return this.#places;
  }

  #originOf(req: IncomingMessage): string | undefined {
    const trusted = this.#proxies.has(req.socket.remoteAddress);
    return requestOrigin(req.headers, trusted, 'encrypted' in req.socket);
  }
}

const placesOf = (urls: readonly string[]): string[] => urls.map(placeOf).filter((place) => place !== undefined);
