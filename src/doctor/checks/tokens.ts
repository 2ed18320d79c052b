import type { ApiFailure } from '../../twilio-api/failure.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';
import type { Room } from '../room.ts';
import { AccountApi } from '../twilio/api.ts';

/** So many are tried: each costs a request. */
const MOST = 50;

interface Token {
  readonly accountSid: string;
  readonly token: string;
  /** The key that holds it. */
  readonly key: string;
  readonly first: boolean;
}

/** Whether the tokens that verify callbacks are the tokens of their accounts: Twilio signs with the same ones. */
export const tokens: Check = {
  name: 'tokens',
  cannot: (room) => {
    if (tokensOf(room).length === 0) return 'no token that verifies callbacks stands with its account';
    // Where the API cannot be reached at all, nothing is known of any token.
    const unreachable = room.accounts.length > 0 && room.accounts.every(({ aheadMs }) => aheadMs === undefined);
    return unreachable ? "Twilio's API cannot be reached" : undefined;
  },
  async run(room) {
    const found: Said[] = [];
    const all = tokensOf(room).slice(0, MOST);
    for (const each of all) found.push(...(await look(each, room)));
    return found.length > 0
      ? found
      : [
          ok(
            all.length === 1
              ? "the one that verifies callbacks is the account's"
              : `all ${all.length} are their accounts'`,
          ),
        ];
  },
};

function tokensOf({ config }: Room): Token[] {
  const { twilio } = config.receivers;
  const own = [twilio.auth_token, twilio.auth_token_secondary].map((token, i) => ({
    accountSid: twilio.account_sid,
    token,
    key: `receivers.twilio.${i === 0 ? 'auth_token' : 'auth_token_secondary'}`,
    first: i === 0,
  }));
  const more = twilio.accounts.flatMap(({ account_sid, auth_tokens }, account) =>
    auth_tokens.map((token, i) => ({
      accountSid: account_sid,
      token,
      key: `receivers.twilio.accounts.${account}.auth_tokens.${i}`,
      first: i === 0,
    })),
  );
  return [...own, ...more].filter(({ accountSid, token }) => accountSid !== '' && token !== '');
}

async function look({ accountSid, token, key, first }: Token, room: Room): Promise<Said[]> {
  const signIn = { accountSid, username: accountSid, password: token };
  // The credentials check has told of this one.
  if (room.accounts.some(({ credentials }) => credentials.username === accountSid && credentials.password === token)) {
    return [];
  }
  const { endpoint, scrapers } = room.config.receivers.twilio_api;
  const wallMs = () => room.clock.wallMs();
  const api = new AccountApi(signIn, { endpoint, timeoutMs: scrapers.balance.timeout, wallMs, label: '' });
  try {
    await api.get(api.urlOf('api', ''));
    return [];
  } catch (error) {
    const { kind } = error as ApiFailure;
    if (kind !== 'credentials') return [];
  }
  const says = `${key} is no token of its account`;
  if (first)
    return [problem(`${says}: what Twilio signs is refused (401)`, `set ${key} to the token that the Console shows`)];
  return [warning(`${says} any more`, `take ${key} away once the rotation is done`)];
}
