import type { Clock } from '../clock.ts';
import { effectiveYaml } from '../config/layers/files.ts';
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

  const home = (links: readonly string[]): Home => ({
    policy: STATUS_CSP,
    json: status,
    html: async () => statusPage(await status(), links, effective === undefined ? '' : effectiveYaml(effective)),
  });
  return { history, home };
}

function base({ receivers: { twilio } }: Config): string {
  const url = withoutCredentials(twilio.public_urls[0] ?? 'https://<your public URL>');
  return `${url.replace(/\/+$/, '')}${twilio.path}`;
}
