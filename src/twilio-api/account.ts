import type { TwilioApiConfig } from '../config/schema.ts';

/** With what the agent signs in to the API of one account. */
export interface Credentials {
  readonly accountSid: string;
  /** As the configuration names it; empty where it does not. */
  readonly name?: string;
  /** The account's or the key's SID, and the secret that belongs to it. */
  readonly username: string;
  readonly password: string;
  /** The account's own token, where that is known: it may read what most keys may not. */
  readonly token?: string;
}

/** The key goes before the token: it can be revoked alone. `undefined` where an account has neither. */
export function credentialsOf(account: TwilioApiConfig['accounts'][number]): Credentials | undefined {
  const { account_sid: accountSid, name, auth_token, api_key, api_secret } = account;
  if (accountSid === '') return undefined;
  const token = auth_token === '' ? {} : { token: auth_token };
  if (api_key !== '' && api_secret !== '')
    return { accountSid, name, username: api_key, password: api_secret, ...token };
  return auth_token === '' ? undefined : { accountSid, name, username: accountSid, password: auth_token, ...token };
}

/** The same, signing in by its token where that is known. */
export const byToken = (credentials: Credentials): Credentials => {
  const { accountSid, token } = credentials;
  return token === undefined ? credentials : { ...credentials, username: accountSid, password: token };
};

/** An account's SID as it may be logged: enough to tell accounts apart. */
export const maskedSid = (sid: string): string => `${sid.slice(0, 6)}...${sid.slice(-4)}`;
