import { shownWith } from '../../instrumentation/instruments.ts';
import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import type { Base } from '../../instrumentation/totals.ts';
import type { Config } from '../config/schema.ts';
import { LIFECYCLES } from '../families/index.ts';
import { FEEDS } from '../feeds/index.ts';
import { feedsOn } from './feeds-on.ts';

/**
 * The feeds that a page tells of from the start: those of messages and calls, those that the configuration switches on by
 * name, and those whose metrics the ledger has totals of. The others would add hundreds of lines to the page of somebody
 * who does not use them.
 */
export function shownFeeds({ totals }: Base, config: Config): string[] {
  const used = new Set([...totals.keys()].flatMap((id) => FEEDS_OF.get(id.replace(/\{.*$/s, '')) ?? []));
  const { families } = config.receivers.twilio;
  // Who gives a key asks for what it proves.
  const asked = (name: string) => families[name]?.enabled === true || (families[name]?.public_keys?.length ?? 0) > 0;
  const hasLife = (name: string) => LIFECYCLES.some((life) => life.name === name);
  return feedsOn(config)
    .map(({ name }) => name)
    .filter((name) => used.has(name) || asked(name) || hasLife(name));
}

/** True for a feed whose requests hold events that have outcomes of their own. */
export const holdsEvents = (feed: string): boolean =>
  FEEDS.some(({ name, content }) => name === feed && content === 'json');

/** The feeds that a metric's zero series wait for, by the metric's name. */
const FEEDS_OF = new Map(METRIC_KEYS.map((key) => [row(key).name, shownWith(row(key))]));
// These are shown to everybody, or have no zero series at all, and nobody else counts them.
const ONLY_EVENTS = ['messageSegments', 'messagesReceived', 'eventStreamsEvents', 'webhookRequestDuration'] as const;
for (const key of ONLY_EVENTS) FEEDS_OF.set(row(key).name, ['events']);
