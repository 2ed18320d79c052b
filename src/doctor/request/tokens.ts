import type { Config } from '../../config/schema.ts';
import { type SigningKey, signingKey } from '../../verify/signature.ts';

/** A key that a request may be signed with, known by the key of the configuration that holds it. */
export interface NamedKey {
  readonly name: string;
  /** Empty for one that serves whatever account sends. */
  readonly accountSid: string;
  readonly key: SigningKey;
  /** False for one that callbacks are not verified with. */
  readonly verifies: boolean;
}

/** Every key of the configuration. Those of the account that the request names go first. */
export function namedKeys({ receivers: { twilio, twilio_api } }: Config, accountSid: string | undefined): NamedKey[] {
  const keys: NamedKey[] = [];
  const known = new Set<string>();
  const add = (name: string, sid: string, secret: string, more: { verifies?: boolean; algorithm?: 'sha256' } = {}) => {
    // One variable may stand in several places.
    if (secret === '' || known.has(`${sid} ${secret}`)) return;
    known.add(`${sid} ${secret}`);
    keys.push({ name, accountSid: sid, key: signingKey(secret, more.algorithm), verifies: more.verifies ?? true });
  };
  add('receivers.twilio.auth_token', twilio.account_sid, twilio.auth_token);
  add('receivers.twilio.auth_token_secondary', twilio.account_sid, twilio.auth_token_secondary);
  for (const [i, { account_sid, auth_tokens }] of twilio.accounts.entries()) {
    for (const [n, token] of auth_tokens.entries()) {
      add(`receivers.twilio.accounts.${i}.auth_tokens.${n}`, account_sid, token);
    }
  }
  for (const [i, { secret }] of twilio.shared_keys.entries()) {
    add(`receivers.twilio.shared_keys.${i}`, '', secret, { algorithm: 'sha256' });
  }
  for (const [i, { account_sid, auth_token }] of twilio_api.accounts.entries()) {
    add(`receivers.twilio_api.accounts.${i}.auth_token`, account_sid, auth_token, { verifies: false });
  }
  const own = (key: NamedKey) => key.accountSid === '' || accountSid === undefined || key.accountSid === accountSid;
  return keys.sort((a, b) => Number(own(b)) - Number(own(a)) || Number(b.verifies) - Number(a.verifies));
}
