import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import type { Base } from '../../instrumentation/totals.ts';
import { LIFECYCLES } from '../families/index.ts';
import { FEEDS } from '../feeds/index.ts';

/**
 * The feeds that a page tells of before their first request, or their first genuine batch: those of messages and calls,
 * and those whose metrics the ledger has totals of. The others would add hundreds of lines to the page of somebody who does not use them.
 */
export function shownFeeds({ totals }: Base): string[] {
  const used = new Set([...totals.keys()].map((id) => FEED_OF.get(id.replace(/\{.*$/s, ''))));
  return FEEDS.filter(({ name }) => used.has(name) || LIFECYCLES.some((life) => life.name === name)).map(
    ({ name }) => name,
  );
}

/** True for a feed whose requests hold events that have outcomes of their own. */
export const holdsEvents = (feed: string): boolean =>
  FEEDS.some(({ name, content }) => name === feed && content === 'json');

/** The feed that a metric's zero series wait for, by the metric's name. */
const FEED_OF = new Map(METRIC_KEYS.map((key) => [row(key).name, row(key).shownWith]));
// These are shown to everybody, or have no zero series at all, and nobody else counts them.
const ONLY_EVENTS = ['messageSegments', 'messagesReceived', 'eventStreamsEvents', 'webhookRequestDuration'] as const;
for (const key of ONLY_EVENTS) FEED_OF.set(row(key).name, 'events');
