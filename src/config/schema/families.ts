import type { z } from 'zod';
import { EVENT_ROWS } from '../../families/events.ts';
import type { Lifecycle } from '../../families/family.ts';
import { LIFECYCLES } from '../../families/index.ts';
import { FEEDS } from '../../feeds/index.ts';
import { publicKey } from '../rules/public-key.ts';
import { check, count, duration, each, flag, flagOrAuto, list } from '../values.ts';
import { publicUrls } from './rules.ts';
import { section } from './section.ts';

/** What may be set of one family. The ages are there where its records have a life. */
interface FamilyConfig {
  /** `auto` is on, and shows nothing of itself before it is used. */
  readonly enabled: boolean | 'auto';
  /** Absent where the URL is not signed. */
  readonly public_urls?: readonly string[];
  /** Milliseconds. */
  readonly overdue_after?: number;
  readonly unresolved_after?: number;
  /** What SendGrid's batches are held against. */
  readonly public_keys?: readonly string[];
  /** Milliseconds. */
  readonly timestamp_window?: number;
  readonly max_events?: number;
  /** Values of its label that are counted on request, each under its own name. */
  readonly [value: string]: unknown;
}
type FamilySchema = z.ZodType<FamilyConfig>;

export const TIMESTAMP_WINDOW = '25h';
const MOST_KEYS = 4;

const proofOf = (name: string) => {
  const feed = FEEDS.find((each) => each.name === name);
  return feed?.content === 'json' ? feed.proof : 'twilio';
};

const family = (name: string) => {
  const { onRequest } = EVENT_ROWS.find((each) => each.name === name) ?? {};
  const life = LIFECYCLES.find((each) => each.name === name);
  return section({
    enabled: life
      ? flag(true).describe(`Take what comes to this path: \`false\` makes it 404.`)
      : flagOrAuto().describe(
          'Take what comes to this path: `false` makes it 404. Nothing of it is on the page before something of it is counted; with `true` its series are there from the start, at 0.',
        ),
    ...(proofOf(name) === 'sendgrid' ? SENDGRID : ofTwilio(name)),
    ...(life ? ages(life) : {}),
    ...Object.fromEntries((onRequest ?? []).map((value) => [value, wanted(value)])),
  });
};

const wanted = (value: string) =>
  flag(false).describe(
    `Count the event \`${value}\`, too, which comes so often that it is dropped otherwise. Its text is never read.`,
  );

const ofTwilio = (name: string) => ({
  public_urls: publicUrls().describe(
    `Exact public URLs of ${name} callbacks, whatever their local path: for a reverse proxy that mirrors the application's own callbacks to the agent.`,
  ),
});

const SENDGRID = {
  public_keys: check(list(), (keys) => {
    if (keys.length > MOST_KEYS) return `may hold ${MOST_KEYS} keys`;
    return each((key) => {
      const parsed = publicKey(key);
      return typeof parsed === 'string' ? parsed : undefined;
    })(keys);
  }).describe(
    "The verification keys of SendGrid's Signed Event Webhook, as its settings show them (base64) or in PEM; several while one is rotated, or for several accounts. Without one the path is 404.",
  ),
  timestamp_window: duration(TIMESTAMP_WINDOW, { min: '1m', max: '90d' }).describe(
    "How old the signed time of a batch may be: SendGrid tries for 24 hours. At most the ledger's window.",
  ),
  max_events: count(10_000, { min: 1, max: 100_000 }).describe(
    'The most events of a batch; more are refused: 413. SendGrid bounds its batches by their bytes.',
  ),
};

const ages = ({ name, overdueAfter, unresolvedAfter }: Lifecycle) => ({
  overdue_after: duration(overdueAfter, { min: '1s', max: '90d' }).describe(
    `A ${name} that began longer ago and has not ended is overdue.`,
  ),
  unresolved_after: duration(unresolvedAfter, { min: '1m', max: '90d' }).describe(
    `A ${name} that began longer ago and has not ended is given up: no longer in flight, and counted as unresolved. At most the ledger's window.`,
  ),
});

export const families = () =>
  section(Object.fromEntries(FEEDS.map(({ name }) => [name, family(name)])) as Record<string, FamilySchema>);
