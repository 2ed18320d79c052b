import type { Config } from '../config/schema.ts';
import { LIFECYCLES } from '../families/index.ts';
import type { Feed } from '../feeds/feed.ts';
import { FEEDS } from '../feeds/index.ts';

/** The feeds that answer: those that `receivers.twilio.families` does not switch off. The path of another one is 404. */
export const feedsOn = ({ receivers: { twilio } }: Config): readonly Feed[] =>
  FEEDS.filter(({ name }) => twilio.families[name]?.enabled !== false);

/** True for a feed that has nothing of its own to be told of at start: it only counts distinct events. */
export const onlyCounts = ({ name, content }: Feed): boolean =>
  content === 'form' && !LIFECYCLES.some((life) => life.name === name);
