import { sendgridKeys } from '../config/listen.ts';
import type { Config, TwilioConfig } from '../config/schema.ts';
import { LIFECYCLES } from '../families/index.ts';
import type { Feed } from '../feeds/feed.ts';
import { FEEDS } from '../feeds/index.ts';

/** The feeds that answer: those that can be proved and that `receivers.twilio.families` does not switch off. The path of another one is 404. */
export const feedsOn = ({ receivers: { twilio } }: Config): readonly Feed[] =>
  FEEDS.filter((feed) => twilio.families[feed.name]?.enabled !== false && isProvable(feed, twilio));

/** What nobody can prove is 404, and not refused: no key of its sender is configured. */
const isProvable = (feed: Feed, twilio: TwilioConfig): boolean =>
  feed.content === 'form' || feed.proof === 'twilio' || sendgridKeys(twilio).length > 0;

/** True for a feed that has nothing of its own to be told of at start: it only counts distinct events. */
export const onlyCounts = ({ name, content }: Feed): boolean =>
  content === 'form' && !LIFECYCLES.some((life) => life.name === name);
