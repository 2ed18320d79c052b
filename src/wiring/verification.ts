import { isSigned } from '../config/listen.ts';
import type { TwilioConfig } from '../config/schema.ts';
import type { Account, Keys } from '../verify/keys.ts';
import { Verifier } from '../verify/verifier.ts';

/** The keys that callbacks may be signed with. */
export function keysOf(twilio: TwilioConfig): Keys {
  const accounts: Account[] = twilio.accounts.map((account) => ({
    accountSid: account.account_sid,
    authTokens: account.auth_tokens,
  }));
  if (twilio.auth_token !== '') {
    accounts.push({
      ...(twilio.account_sid !== '' ? { accountSid: twilio.account_sid } : {}),
      authTokens: [twilio.auth_token, twilio.auth_token_secondary].filter((token) => token !== ''),
    });
  }
  return { accounts, sharedKeys: twilio.shared_keys };
}

/** The verifier that a configuration asks for. */
export function createVerifier(twilio: TwilioConfig): Verifier {
  return new Verifier({
    ...keysOf(twilio),
    unsigned: twilio.allow_unsigned ? 'anywhere' : 'trial',
    publicUrls: twilio.public_urls.map((url) => url.replace(/\/+$/, '')),
    familyUrls: Object.fromEntries(Object.entries(twilio.families).map(([name, family]) => [name, family.public_urls])),
    trustedProxies: twilio.trusted_proxies,
  });
}

/** Whether callbacks are verified, in words that a person can act on. */
export function describeVerification(twilio: TwilioConfig): string {
  if (isSigned(twilio)) return 'verified: unsigned and forged callbacks are refused';
  if (twilio.allow_unsigned) return 'NOT verified, from anywhere (TWILIO_ALLOW_UNSIGNED): anybody can make up numbers';
  return 'NOT verified (local trial): callbacks are accepted from this machine only';
}
