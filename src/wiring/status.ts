import type { Clock } from '../clock.ts';
import { isSigned } from '../config/listen.ts';
import { withoutCredentials } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { describeLedger, ledgerDirectory } from '../ledger/open.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import type { Home } from '../receive/pages/pages.ts';
import { History } from '../status/history.ts';
import { STATUS_CSP, statusPage } from '../status/page.ts';
import { Samples } from '../status/samples.ts';
import { type Status, statusOf } from '../status/status.ts';
import { VERSION } from '../version.ts';
import type { Counting } from './counting.ts';
import { feedsOn } from './feeds-on.ts';
import { configForAll } from './telling/config-for-all.ts';
import { exportersOn, facts } from './telling/facts.ts';

export interface StatusSources {
  readonly config: () => Config;
  /** The configuration as it was written; nothing where it was made otherwise. */
  readonly effective: unknown;
  readonly clock: Clock;
  readonly counting: Counting;
  readonly outcomes: Outcomes;
  readonly unready: () => string | undefined;
}

/** What the agent tells people of itself, made anew for each who looks; `history` is all that runs while nobody does. */
export function createStatus({ config, effective, clock, counting, outcomes, unready }: StatusSources) {
  const history = new History(() => outcomes.read(), clock);
  const startedMs = clock.monotonicMs();
  const { ledger, scrape } = counting;

  /** Who looks at a broken agent sees what there is to see: the log says what is wrong with the figures. */
  const page = async () => (await scrape?.page().catch(() => '')) ?? '';

  async function status(): Promise<Status> {
    const current = config();
    const { twilio } = current.receivers;
    const { entries, maxEntries, bytes, windowSeconds } = ledger.stats();
    const feeds = feedsOn(current);
    return statusOf({
      version: VERSION,
      instance: ledger.instanceId,
      upMs: clock.monotonicMs() - startedMs,
      wallMs: clock.wallMs(),
      signed: isSigned(twilio),
      unready: unready(),
      feeds: feeds.map(({ name, content }) => ({
        name,
        url: `${base(current)}/${name}${content === 'form' ? '#rc=3&rp=all' : ''}`,
      })),
      exporters: exportersOn(current).map((name) => ({ name, failure: counting.exportFailures.get(name) })),
      ledger: {
        is: describeLedger(current),
        folder: ledger.volatile ? undefined : ledgerDirectory(current, !isSigned(twilio)),
        entries,
        entries_limit: maxEntries,
        bytes,
        window_seconds: windowSeconds,
        volatile: ledger.volatile,
      },
      // What has a place of its own on the page is not told twice.
      facts: facts(current, new Map()).filter(
        ([name]) => !['callbacks', 'events', 'ledger', 'exporters'].includes(name),
      ),
      trial: './test_webhooks.sh',
      samples: new Samples(await page()),
      history,
    });
  }

  const shared = held(status, clock);
  let shown: string | undefined;
  const home = (links: readonly string[]): Home => ({
    policy: STATUS_CSP,
    json: shared,
    html: async () =>
      statusPage(await shared(), links, (shown ??= effective === undefined ? '' : configForAll(effective))),
  });
  return { history, home };
}

const HELD_MS = 1_000;

/** Makes it at most once a second, however many look: the page may be open to everybody, and each collection holds callbacks up. */
function held<T>(make: () => Promise<T>, clock: Clock): () => Promise<T> {
  let last: { readonly atMs: number; readonly made: Promise<T> } | undefined;
  return () => {
    const atMs = clock.monotonicMs();
    if (last && atMs - last.atMs < HELD_MS) return last.made;
    const current = { atMs, made: make() };
    last = current;
    // What went wrong is tried again by the next.
    current.made.catch(() => {
      if (last === current) last = undefined;
    });
    return current.made;
  };
}

function base({ receivers: { twilio } }: Config): string {
  const url = withoutCredentials(twilio.public_urls[0] ?? 'https://<your public URL>');
  return `${url.replace(/\/+$/, '')}${twilio.path}`;
}
