import type { Config } from '../../config/schema.ts';
import { feedsOn } from '../../wiring/feeds-on.ts';

/** Where a URL at Twilio leads. */
export type Place =
  | { readonly at: 'none' | 'elsewhere' | 'unserved' | 'other_scheme' }
  /** To the agent itself, or through it to the application. A route that counts nothing has no feed. */
  | { readonly at: 'agent' | 'forward'; readonly feed: string | undefined; readonly retried: boolean };

interface Base {
  readonly protocol: string;
  readonly authority: string;
  readonly path: string;
}

/** Tells the URLs of one configuration from all others. */
export class Places {
  readonly #bases: readonly Base[];
  readonly #exact: readonly (readonly [base: Base, feed: string])[];
  readonly #path: string;
  readonly #first: string;
  readonly #feeds: ReadonlySet<string>;
  readonly #routes: readonly { readonly path: string; readonly family: string }[];

  constructor(config: Config) {
    const { twilio } = config.receivers;
    this.#bases = twilio.public_urls.map(baseOf);
    this.#first = twilio.public_urls[0]?.replace(/\/+$/, '') ?? 'https://...';
    this.#path = twilio.path;
    this.#feeds = new Set(feedsOn(config).map(({ name }) => name));
    this.#exact = [...this.#feeds].flatMap((name) =>
      (twilio.families[name]?.public_urls ?? []).map((url) => [baseOf(url), name] as const),
    );
    this.#routes = [...twilio.forward].sort((a, b) => rank(b.path) - rank(a.path));
  }

  /** False where the configuration names no public URL: then nothing can be told. */
  get known(): boolean {
    return this.#bases.length > 0 || this.#exact.length > 0;
  }

  /** Where Twilio should send callbacks of that kind. */
  urlOf(feed: string): string {
    return `${this.#first}${this.#path}/${feed}`;
  }

  of(url: unknown): Place {
    if (typeof url !== 'string' || url === '') return { at: 'none' };
    const [plain = '', fragment = ''] = url.split('#');
    if (!/^https?:/i.test(plain) || !URL.canParse(plain)) return { at: 'elsewhere' };
    // Paths are exact: a slash at the end makes it another one.
    const given = { ...baseOf(plain), path: new URL(plain).pathname };
    const retried = /(?:^|&)rc=[1-9]/.test(fragment);
    const exact = this.#exact.find(
      ([base]) => base.authority === given.authority && base.path === given.path.replace(/\/+$/, ''),
    );
    if (exact) {
      const [base, feed] = exact;
      return base.protocol === given.protocol ? { at: 'agent', feed, retried } : { at: 'other_scheme' };
    }
    let found: Place = { at: 'elsewhere' };
    for (const base of this.#bases) {
      if (base.authority !== given.authority || !`${given.path}/`.startsWith(`${base.path}/`)) continue;
      const place = this.#below(given.path.slice(base.path.length), retried);
      if (place.at === 'elsewhere') continue;
      if (base.protocol === given.protocol) return place;
      found = { at: 'other_scheme' };
    }
    return found;
  }

  /** A path as the agent sees it. What it serves itself goes before what it passes on. */
  #below(path: string, retried: boolean): Place {
    const prefix = `${this.#path}/`;
    if (path.startsWith(prefix) && this.#feeds.has(path.slice(prefix.length))) {
      return { at: 'agent', feed: path.slice(prefix.length), retried };
    }
    const route = this.#routes.find((each) =>
      each.path.endsWith('/*') ? path.startsWith(each.path.slice(0, -1)) : each.path === path,
    );
    if (route) return { at: 'forward', feed: route.family || undefined, retried };
    return { at: path.toLowerCase().startsWith(prefix.toLowerCase()) ? 'unserved' : 'elsewhere' };
  }
}

/** The exact path first, then the longest prefix. */
const rank = (path: string): number => (path.endsWith('/*') ? path.length : Number.MAX_SAFE_INTEGER);

function baseOf(url: string): Base {
  const { protocol, hostname, port, pathname } = new URL(url);
  // The port that a scheme stands for is no difference, and Twilio adds or drops it.
  const authority = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
  const standard = /:(?:443|80)$/.test(authority) ? hostname : authority;
  return { protocol, authority: standard, path: pathname.replace(/\/+$/, '') };
}
