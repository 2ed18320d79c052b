import type { Middleware } from 'koa';
import type { Scrape } from '../../../instrumentation/prometheus.ts';
import type { Config } from '../../config/schema.ts';
import { parseEndpoint } from '../../config/values.ts';
import type { EventLog } from '../../log.ts';
import { type Home, health, homePage, live, metricsPage, statusJson, type Unready } from './pages.ts';
import type { ScrapeAuth } from './scrape-auth.ts';

type Pages = ReadonlyMap<string, Middleware>;

/** What is served by GET on the receiver's port, and on the port of the scrape page where that has one of its own. */
export interface Site {
  readonly receiver: Pages;
  readonly own: Pages | undefined;
}

export interface SiteParts {
  readonly config: Config;
  readonly scrape: Scrape | undefined;
  readonly auth: ScrapeAuth;
  readonly events: EventLog;
  readonly unready: Unready;
  /** The page at `/`, which names the others. */
  readonly home: (links: readonly string[]) => Home;
}

export function createSite({ config, scrape, auth, events, unready, home }: SiteParts): Site {
  const { prometheus } = config.exporters;
  const metrics: [string, Middleware][] = scrape ? [[prometheus.path, auth.guard(metricsPage(scrape, events))]] : [];
  const healthChecks: [string, Middleware][] = config.service.extensions.includes('health_check')
    ? [
        ['/health', health(unready)],
        ['/ready', health(unready)],
        ['/live', live],
      ]
    : [];
  const all = [...metrics, ...healthChecks];
  const status = home([...paths(all), '/status.json']);
  const pages: [string, Middleware][] = [
    ...all,
    ['/status.json', auth.guard(statusJson(status))],
    ['/', auth.guard(homePage(status))],
  ];
  if (!parseEndpoint(prometheus.endpoint)) {
    return { receiver: new Map(pages), own: undefined };
  }
  // The public port then says nothing about itself.
  return { receiver: new Map(healthChecks), own: new Map(pages) };
}

const paths = (pages: readonly (readonly [string, Middleware])[]): string[] => pages.map(([path]) => path);
