import type { KeyObject } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { hasTwilioKeys, isSigned, sendgridKeys } from '../config/listen.ts';
import { publicKey } from '../config/rules/public-key.ts';
import type { Config, TwilioConfig } from '../config/schema.ts';
import { windowMs } from '../ledger/open.ts';
import type { Account, DiscoveredKeys, Keys } from '../verify/keys.ts';
import { SendGridVerifier } from '../verify/sendgrid.ts';
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
export function createVerifier(twilio: TwilioConfig, discovered?: DiscoveredKeys): Verifier {
  return new Verifier({
    discovered,
    ...keysOf(twilio),
    unsigned: twilio.allow_unsigned ? 'anywhere' : isSigned(twilio) ? 'never' : 'trial',
    publicUrls: twilio.public_urls.map((url) => url.replace(/\/+$/, '')),
    familyUrls: Object.fromEntries(
      Object.entries(twilio.families).map(([name, family]) => [name, family.public_urls ?? []]),
    ),
    trustedProxies: twilio.trusted_proxies,
  });
}

/** The public keys that batches of SendGrid may be signed for. */
export const sendgridKeysOf = (twilio: TwilioConfig): KeyObject[] =>
  sendgridKeys(twilio)
    .map(publicKey)
    .filter((key) => typeof key !== 'string');

/** The same for SendGrid, which has keys of its own. */
export function createSendGridVerifier(config: Config, clock: Clock): SendGridVerifier {
  const { twilio } = config.receivers;
  const { timestamp_window = 0 } = twilio.families['sendgrid'] ?? {};
  return new SendGridVerifier({
    keys: sendgridKeysOf(twilio),
    windowMs: Math.min(timestamp_window, windowMs(config)),
    clock,
  });
}

/** Whether callbacks are verified, in words that a person can act on. */
export function describeVerification(twilio: TwilioConfig): string {
  if (hasTwilioKeys(twilio)) return 'verified: unsigned and forged callbacks are refused';
  if (isSigned(twilio))
    return "verified: SendGrid's events only; Twilio's callbacks are refused without TWILIO_AUTH_TOKEN";
  if (twilio.allow_unsigned) return 'NOT verified, from anywhere (TWILIO_ALLOW_UNSIGNED): anybody can make up numbers';
  return 'NOT verified (local trial): callbacks are accepted from this machine only';
}
