import type { Twilio } from 'twilio';
import { ApiFailure } from '../failure.ts';
import type { ToldAccount } from './accounts.ts';

/** The most that Twilio puts on one page. */
const PAGE_SIZE = 1_000;
/** Two hundred thousand accounts: a chain of pages that is longer has no end. */
const MAX_PAGES = 200;

/**
 * Lists the account that signs in and those below it, page by page; each page is one call of `request`.
 * https://www.twilio.com/docs/iam/api/account#read-multiple-account-resources
 */
export async function listAccounts(
  client: Twilio,
  request: <T>(send: () => Promise<T>) => Promise<T>,
  onAccount: (account: ToldAccount) => void,
): Promise<void> {
  const { accounts } = client.api.v2010;
  const read = new Set<string>();
  let url: string | undefined;
  do {
    const page = await request(async () => {
      const fetched = await (url ? accounts.getPage(url) : accounts.page({ pageSize: PAGE_SIZE }));
      const next = fetched.nextPageUrl;
      if (next !== undefined && (read.has(next) || next === url || read.size >= MAX_PAGES)) {
        throw new ApiFailure('page_loop');
      }
      return fetched;
    });
    for (const account of page.instances) onAccount(account);
    url = page.nextPageUrl;
    if (url !== undefined) read.add(url);
  } while (url !== undefined);
}

/** What the API tells of one account; `undefined` where it is none of those below the one that signs in. */
export async function fetchAccount(client: Twilio, accountSid: string): Promise<ToldAccount | undefined> {
  try {
    return await client.api.v2010.accounts(accountSid).fetch();
  } catch (error) {
    // Of a stranger's account the API says one or the other; whether the credentials are good shows where they list.
    if (error instanceof ApiFailure && NOT_OURS.has(error.kind)) return undefined;
    throw error;
  }
}

const NOT_OURS: ReadonlySet<string> = new Set(['credentials', 'forbidden', 'not_found']);
