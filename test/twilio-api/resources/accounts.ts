import type { Resource } from '../fake.ts';
import type { Item } from './paging.ts';

/** An account as Twilio lists it. Its token must appear nowhere. */
export const listedAccount = (sid: string, authToken: string, over: Item = {}): Item => ({
  sid,
  auth_token: authToken,
  friendly_name: 'A customer of ours',
  status: 'active',
  type: 'Full',
  owner_account_sid: '',
  date_created: 'Wed, 14 Oct 2026 10:00:00 +0000',
  date_updated: 'Wed, 14 Oct 2026 10:00:00 +0000',
  subresource_uris: {},
  uri: `/2010-04-01/Accounts/${sid}.json`,
  ...over,
});

/** The parent and its subaccounts: the list, and each by its SID. A test makes the pages smaller. */
export function accounts(all: () => readonly Item[], size = 1_000): Resource {
  const LIST = '/2010-04-01/Accounts.json';
  return ({ path, query }) => {
    const [, one] = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\.json$/.exec(path) ?? [];
    if (one !== undefined) return all().find(({ sid }) => sid === one);
    if (path !== LIST) return undefined;
    const page = Number(query.get('Page') ?? 0);
    const many = Math.min(size, Number(query.get('PageSize') ?? 50));
    const more = (page + 1) * many < all().length;
    return {
      accounts: all().slice(page * many, (page + 1) * many),
      page,
      page_size: many,
      uri: path,
      next_page_uri: more ? `${LIST}?PageSize=${many}&Page=${page + 1}&PageToken=PT${page + 1}` : null,
    };
  };
}
