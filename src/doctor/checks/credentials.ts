import type { TwilioApiConfig } from '../../config/schema.ts';
import { byToken } from '../../twilio-api/account.ts';
import { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { type AccountApi, describeFailure, type Item } from '../twilio/api.ts';
import { COMPARED, LISTS } from '../twilio/lists.ts';

const SIGN_IN = 'set TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and TWILIO_API_SECRET';

/** Whether Twilio takes the credentials of the REST side, what state the account is in, and what they may read. */
export const credentials: Check = {
  name: 'credentials',
  async run({ accounts, config }) {
    if (accounts.length === 0) {
      return [warning('there are none, so how the account is configured at Twilio is not looked at', SIGN_IN)];
    }
    const said: Said[] = [];
    for (const account of accounts) said.push(...(await look(account, config.receivers.twilio_api)));
    return said;
  },
};

async function look(account: AccountApi, { reconciliation, discover }: TwilioApiConfig): Promise<Said[]> {
  const { accountSid, username } = account.credentials;
  const isToken = username === accountSid;
  const by = `${account.label}${isToken ? 'the auth token' : 'the API key'}`;
  const refused: string[] = [];
  let last = new ApiFailure('credentials');
  const state: Item[] = [];
  // Of the account itself a standard key may read nothing, and a restricted one only what it was given.
  if (isToken) {
    const failure = await attempt(async () => state.push(await account.get(account.urlOf('api', ''))));
    if (failure) return [unusable(account, by, failure)];
  }
  const lists = Object.entries({ ...LISTS, ...(reconciliation.enabled ? COMPARED : {}) });
  for (const [what, list] of lists) {
    const url = `${account.urlOf(list.product, list.path)}?PageSize=1`;
    const failure = await attempt(() => account.get(url));
    if (failure === undefined) continue;
    if (!isRefusal(failure)) return [unusable(account, by, failure)];
    account.unreadable.add(list.key);
    refused.push(what);
    last = failure;
  }
  if (refused.length === lists.length) return [unusable(account, by, last)];
  return [...stateOf(state[0], by), ...rights(by, refused), ...(discover ? await discovery(account) : [])];
}

/** Its token is asked where there is one, as the agent does: a standard key may not list accounts. */
async function discovery(account: AccountApi): Promise<Said[]> {
  const signIn = byToken(account.credentials);
  const failure = await attempt(() => account.get(`${account.accountsUrl}?PageSize=1`, signIn));
  if (failure === undefined) return [];
  const by = signIn.username === signIn.accountSid ? 'the auth token' : 'the API key';
  return [
    problem(
      `${account.label}${by} lists no subaccounts, so their callbacks are refused: ${describeFailure(failure)}`,
      'give receivers.twilio_api.accounts the auth token of the parent, or a main API key',
    ),
  ];
}

async function attempt(read: () => Promise<unknown>): Promise<ApiFailure | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error as ApiFailure;
  }
}

const isRefusal = ({ kind }: ApiFailure): boolean => kind === 'credentials' || kind === 'forbidden';

function unusable(account: AccountApi, by: string, failure: ApiFailure): Said {
  account.usable = false;
  return problem(`${by} gets no answer from Twilio's API: ${describeFailure(failure)}`, failure.help);
}

function* stateOf(state: Item | undefined, by: string): Iterable<Said> {
  const status = state?.['status'];
  if (status === undefined || status === 'active') return;
  yield problem(
    `the account of ${by} is ${status === 'suspended' ? 'suspended' : 'closed'}: it sends nothing and calls nobody`,
    'see what Twilio writes about it in the Console',
  );
}

function rights(by: string, refused: readonly string[]): Said[] {
  const told = `${by} is taken`;
  if (refused.length === 0) return [ok(`${told}, and may read what the doctor looks at`)];
  return [
    warning(
      `${told}, but may not read: ${refused.join(', ')}`,
      'give the restricted key these permissions, or use a standard key',
    ),
  ];
}

/** Why nothing can be asked of Twilio. */
export const noApi = ({ accounts }: Room): string | undefined =>
  accounts.some(({ usable }) => usable) ? undefined : "no account's credentials are there and taken";
