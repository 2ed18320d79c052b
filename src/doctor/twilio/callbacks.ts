import { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { noApi } from '../checks/credentials.ts';
import { type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { type AccountApi, describeFailure, type Item, MOST_ITEMS } from './api.ts';
import { describe, type Found, faultsOf, type Kind } from './faults.ts';
import { nameOf } from './names.ts';
import { Places } from './places.ts';
import type { Resources } from './resources.ts';

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
  const ignored = toldBy(account.streams, feed);
  let here = 0;
  for (const [i, item] of items.entries()) {
    const faults = faultsOf(item, resources, places).filter(({ kind }) => !ignored.includes(kind));
    if (faults.length === 0 && places.of(item[resources.status.name]).at !== 'none') here++;
    for (const { kind, field } of faults) {
      const name = nameOf(item['friendly_name'], i);
      found.set(kind, [...(found.get(kind) ?? []), field ? `${name} in ${field}` : name]);
    }
  }
  const label = items.length < MOST_ITEMS ? account.label : `${account.label}of the first ones, `;
  return describe(resources, found, { all: items.length, here, label, url: places.urlOf(feed) });
}

/** What is no fault where Event Streams tells of the same: of calls it does so only where they have a status callback. */
const toldBy = (streams: AccountApi['streams'], feed: 'message' | 'call'): readonly Kind[] => {
  if (!streams[feed]) return [];
  return feed === 'message' ? ['elsewhere', 'none'] : ['elsewhere'];
};
