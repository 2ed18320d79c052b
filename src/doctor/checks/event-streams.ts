import { eventStreams as feed } from '../../feeds/event-streams.ts';
import { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { type AccountApi, describeFailure, type Item } from '../twilio/api.ts';
import { LISTS } from '../twilio/lists.ts';
import { nameOf } from '../twilio/names.ts';
import { type Place, Places } from '../twilio/places.ts';
import { noApi } from './credentials.ts';

/** What the agent has counters of its own for, as docs/connect-twilio.md subscribes to it. */
const WANTED = [
  ...['sent', 'delivered', 'undelivered', 'failed'].map((status) => `com.twilio.messaging.message.${status}`),
  'com.twilio.messaging.inbound-message.received',
  ...['initiated', 'ringing', 'answered', 'completed'].map((each) => `com.twilio.voice.status-callback.call.${each}`),
  'com.twilio.error-logs.error.logged',
];
/** Shown without what all have in common. */
const short = (type: string): string => type.replace('com.twilio.', '');

const DOCS = 'see docs/connect-twilio.md, Event Streams';

/** Sinks that lead to the agent, whether they are active, and what they are subscribed to. */
export const eventStreams: Check = {
  name: 'Event Streams',
  cannot: (room) =>
    noApi(room) ??
    (readers(room).length > 0 ? undefined : 'the credentials may not read it') ??
    (new Places(room.config).known ? undefined : 'without PUBLIC_URL it is not known which URLs are the agent'),
  async run(room) {
    const said: Said[] = [];
    for (const account of readers(room)) {
      try {
        said.push(...(await look(account, new Places(room.config))));
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        said.push(warning(`${account.label}the sinks get no answer: ${describeFailure(error)}`, error.help));
      }
    }
    return said;
  },
};

const readers = ({ accounts }: Room): AccountApi[] =>
  accounts.filter(
    ({ usable, unreadable }) => usable && !unreadable.has(LISTS.sinks.key) && !unreadable.has(LISTS.subscriptions.key),
  );

async function look(account: AccountApi, places: Places): Promise<Said[]> {
  const sinks = (await account.list(LISTS.sinks)).map((sink, i) => ({ sink, name: nameOf(sink['description'], i) }));
  const ours = sinks
    .map((each) => ({ ...each, place: places.of(configurationOf(each.sink)['destination']) }))
    .filter(({ place }) => place.at !== 'none' && place.at !== 'elsewhere');
  if (ours.length === 0) return [ok(`${account.label}no sink leads to the agent`)];
  const said = ours.flatMap(({ sink, name, place }) => wrongSink(sink, name, place, places));
  const active = ours.filter(({ sink, place }) => sink['status'] === 'active' && isFeed(place));
  if (active.length > 0) said.push(...(await subscribed(account, new Set(active.map(({ sink }) => sink['sid'])))));
  return said.length > 0 ? said : [ok(`${account.label}${ours.length} active, subscribed to all that is counted`)];
}

const configurationOf = ({ sink_configuration: given }: Item): Item =>
  typeof given === 'object' && given !== null ? (given as Item) : {};

const isFeed = (place: Place): boolean => place.at === 'agent' && place.feed === feed.name;

function wrongSink(sink: Item, name: string, place: Place, places: Places): Said[] {
  if (!isFeed(place)) {
    const fix = `make a sink with the destination ${places.urlOf(feed.name)}: ${DOCS}`;
    return [problem('a sink leads to the agent, but not to where it takes events', fix, [name])];
  }
  const { status } = sink;
  if (status === 'failed') {
    const fix = `look at what Twilio's Debugger says of it, mend that, and validate the sink anew: ${DOCS}`;
    return [problem('a sink has failed: Twilio delivers nothing to it', fix, [name])];
  }
  if (status !== 'active') {
    const fix = `send its test event and validate it, as the log of the agent then says: ${DOCS}`;
    return [problem('a sink is not validated yet: Twilio delivers nothing to it', fix, [name])];
  }
  const { method } = configurationOf(sink);
  if (typeof method === 'string' && method.toUpperCase() !== 'POST') {
    return [problem('a sink does not use POST, which carries no events', 'make it anew with the method POST', [name])];
  }
  return [];
}

/** What of all that is wanted nobody is subscribed to. */
async function subscribed(account: AccountApi, sinks: ReadonlySet<unknown>): Promise<Said[]> {
  const subscriptions = (await account.list(LISTS.subscriptions)).filter(({ sink_sid }) => sinks.has(sink_sid));
  const types = new Set<unknown>();
  for (const { sid } of subscriptions) {
    const path = `Subscriptions/${String(sid)}/SubscribedEvents`;
    for (const { type } of await account.list({ product: 'events', path, key: 'types' })) types.add(type);
  }
  const { streams } = account;
  streams.message ||= types.has('com.twilio.messaging.message.delivered');
  streams.call ||= types.has('com.twilio.voice.status-callback.call.completed');
  if (types.size === 0) {
    return [problem(`${account.label}no subscription leads to the sink of the agent`, `subscribe it: ${DOCS}`)];
  }
  const missing = WANTED.filter((type) => !types.has(type)).map(short);
  if (missing.length === 0) return [];
  return [
    warning(
      `${account.label}types that are counted and not subscribed to: ${missing.join(', ')}`,
      `add them to the subscription: ${DOCS}`,
    ),
  ];
}
