import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { type ForwardConfig, hasFallback } from '../config/schema.ts';
import type { FormFeed } from '../feeds/feed.ts';
import { FEEDS } from '../feeds/index.ts';
import { Origin } from './origin.ts';

/** What is answered in place of the application. */
export interface Fallback {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A path that is passed on. */
export interface Route {
  /** As it is configured: the label `http.route`. */
  readonly path: string;
  readonly prefix: boolean;
  readonly origin: Origin;
  readonly feed: FormFeed | undefined;
  readonly timeoutMs: number;
  readonly rejectUnverified: boolean;
  readonly fallback: Fallback | undefined;
  /** What is asked for at the application, byte for byte but for what the configuration puts in its place. */
  target(url: string): string;
}

/** The routes of a configuration: the exact path first, then the longest prefix. */
export class Routes {
  readonly all: readonly Route[];
  readonly #exact = new Map<string, Route>();
  readonly #prefixes: readonly Route[];
  readonly #origins: readonly Origin[];

  constructor(configs: readonly ForwardConfig[], clock: Clock) {
    const origins = new Map<string, Origin>();
    this.all = configs.map((config) => createRoute(config, origins, clock));
    this.#origins = [...origins.values()];
    for (const route of this.all) if (!route.prefix) this.#exact.set(route.path, route);
    this.#prefixes = this.all.filter(({ prefix }) => prefix).sort((a, b) => b.path.length - a.path.length);
  }

  find(path: string): Route | undefined {
    return this.#exact.get(path) ?? this.#prefixes.find((route) => path.startsWith(route.path.slice(0, -1)));
  }

  close(): void {
    for (const origin of this.#origins) origin.close();
  }
}

function createRoute(config: ForwardConfig, origins: Map<string, Origin>, clock: Clock): Route {
  const { path, to, tls, family } = config;
  const key = JSON.stringify([new URL(to).origin, tls]);
  let origin = origins.get(key);
  if (!origin) origins.set(key, (origin = new Origin(to, tls, clock)));
  return {
    path,
    prefix: path.endsWith('/*'),
    origin,
    feed: FEEDS.find((feed): feed is FormFeed => feed.name === family && feed.content === 'form'),
    timeoutMs: config.timeout,
    rejectUnverified: config.reject_unverified,
    fallback: hasFallback(config) ? readFallback(config.fallback) : undefined,
    target: targetOf(path, to),
  };
}

/** How a URL in origin form becomes the application's. */
export function targetOf(path: string, to: string): (url: string) => string {
  const place = /^https?:\/\/[^/]+(.*)$/is.exec(to)?.[1] ?? '';
  if (place === '') return (url) => url;
  if (!path.endsWith('/*')) return (url) => place + url.slice(path.length);
  // What the star stood for comes behind one slash.
  const from = path.length - 1;
  const base = place.endsWith('/') ? place : `${place}/`;
  return (url) => base + url.slice(from);
}

const readFallback = ({ status, content_type, body_file }: ForwardConfig['fallback']): Fallback => ({
  status: status || 200,
  contentType: content_type,
  body: body_file === '' ? Buffer.alloc(0) : readFileSync(body_file),
});
