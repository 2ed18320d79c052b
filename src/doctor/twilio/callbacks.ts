import { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { noApi } from '../checks/credentials.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { type AccountApi, describeFailure, type Item, type Listed } from './api.ts';
import { nameOf } from './names.ts';
import { type Place, Places } from './places.ts';

/** A field of a resource that holds a URL. */
export interface UrlField {
  readonly name: string;
  /** As the Console or the API calls it. */
  readonly called: string;
}

/** A kind of resource that can have a status callback. */
export interface Resources {
  /** In the plural. */
  readonly name: string;
  readonly list: Listed;
  /** Where the status callback belongs, and what it tells of. */
  readonly status: UrlField & { readonly feed: 'message' | 'call' };
  /** Status callbacks that a resource may do without. */
  readonly optional?: readonly (UrlField & { readonly feed: 'message' | 'call' })[];
  /** Fields whose requests ask what to do: no status is ever sent there. */
  readonly asking: readonly UrlField[];
  /** False for one that calls no status callback of its own. */
  readonly counts?: (item: Item) => boolean;
}

/** How a resource can be wrong, in the order in which it is told. */
const KINDS = ['asking', 'feed', 'unserved', 'other_scheme', 'uncounted', 'none', 'elsewhere', 'unretried'] as const;
type Kind = (typeof KINDS)[number];
type Found = Map<Kind, string[]>;

const RETRIES = '#rc=3&rp=all';

/** Where the status callbacks of such resources lead. */
export const callbackCheck = (resources: Resources): Check => ({
  name: resources.name,
  cannot: (room) =>
    noApi(room) ??
    (room.accounts.every(({ unreadable }) => unreadable.has(resources.list.key))
      ? 'the credentials may not read it'
      : undefined) ??
    (new Places(room.config).known ? undefined : 'without PUBLIC_URL it is not known which URLs are the agent'),
  async run(room) {
    const said: Said[] = [];
    for (const account of room.accounts) {
      if (account.usable && !account.unreadable.has(resources.list.key))
        said.push(...(await look(resources, account, room)));
    }
    return said;
  },
});

async function look(resources: Resources, account: AccountApi, room: Room): Promise<Said[]> {
  let items: Item[];
  try {
    items = await account.list(resources.list);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return [warning(`${account.label}the list gets no answer: ${describeFailure(error)}`, error.help)];
  }
  const places = new Places(room.config);
  const found: Found = new Map();
  const { feed } = resources.status;
  const told = toldBy(room.streams, feed);
  let here = 0;
  for (const [i, item] of items.entries()) {
    const kinds = kindsOf(item, resources, places);
    if (kinds === 'agent') here++;
    else
      for (const kind of kinds)
        if (!told.includes(kind)) found.set(kind, [...(found.get(kind) ?? []), nameOf(item['friendly_name'], i)]);
  }
  return describe(resources, found, { all: items.length, here, label: account.label });
}

/** What is no fault where Event Streams tells of the same: of calls it does so only where they have a status callback. */
const toldBy = (streams: Room['streams'], feed: 'message' | 'call'): readonly Kind[] => {
  if (!streams[feed]) return [];
  return feed === 'message' ? ['elsewhere', 'none'] : ['elsewhere'];
};

/** What is wrong with one resource; `agent` where it reports to the agent as it should. */
function kindsOf(item: Item, { status, optional = [], asking, counts }: Resources, places: Places): Kind[] | 'agent' {
  const kinds = new Set<Kind>();
  for (const { name } of asking) if (places.of(item[name]).at === 'agent') kinds.add('asking');
  const place = places.of(item[status.name]);
  if (place.at !== 'none' || counts?.(item) !== false) for (const kind of wrong(place, status.feed)) kinds.add(kind);
  for (const { name, feed } of optional) {
    const extra = places.of(item[name]);
    if (extra.at !== 'none' && extra.at !== 'elsewhere') for (const kind of wrong(extra, feed)) kinds.add(kind);
  }
  return kinds.size === 0 && place.at !== 'none' ? 'agent' : [...kinds];
}

function wrong(place: Place, feed: string): Kind[] {
  if (place.at !== 'agent' && place.at !== 'forward') return [place.at];
  if (place.feed === undefined) return ['uncounted'];
  if (place.feed !== feed) return ['feed'];
  return place.retried ? [] : ['unretried'];
}

function describe(
  { status, asking }: Resources,
  found: Found,
  { all, here, label }: { all: number; here: number; label: string },
): Said[] {
  const own = `PUBLIC_URL/webhooks/${status.feed}${RETRIES}`;
  const fields = asking.map(({ called }) => called).join(' or ');
  const words: Readonly<Record<Kind, [level: typeof problem, says: string, fix: string]>> = {
    asking: [
      problem,
      `have the agent in a field that asks what to do (${fields}), which it refuses`,
      `give that field back to your application, and put ${own} into ${status.called}`,
    ],
    feed: [problem, "send to another kind's path, which refuses it", `set ${status.called} to ${own}`],
    unserved: [problem, 'name a path of the agent that it does not serve (404)', `set ${status.called} to ${own}`],
    other_scheme: [
      problem,
      'name another scheme than PUBLIC_URL, so that no signature matches (401)',
      `make both equal: set ${status.called} to ${own}`,
    ],
    uncounted: [
      warning,
      'pass through the agent and are not counted',
      `give their route in receivers.twilio.forward the family ${status.feed}`,
    ],
    none: [warning, 'have no status callback, so nothing of them is counted', `set ${status.called} to ${own}`],
    elsewhere: [
      warning,
      'report elsewhere, so they are not counted here unless Event Streams tells of them',
      `set ${status.called} to ${own}, or let the agent stand in front of your application (receivers.twilio.forward)`,
    ],
    unretried: [
      warning,
      `ask for no retries, so a restart loses what comes meanwhile`,
      `add ${RETRIES} to ${status.called}`,
    ],
  };
  const said = KINDS.flatMap((kind) => {
    const which = found.get(kind);
    if (!which) return [];
    const [level, says, fix] = words[kind];
    return [level(`${label}${which.length} of ${all} ${says}`, fix, which)];
  });
  if (said.length > 0) return said;
  return [
    ok(
      `${label}${all === 0 ? 'there are none' : `${here} of ${all} report to the agent, and ask for retries${here < all ? '; nothing is amiss with the others' : ''}`}`,
    ),
  ];
}
