import { z } from 'zod';
import { check, choice, cidrRule, each, endpointRule, flag, list, text } from '../values.ts';
import { families } from './families.ts';
import { forward } from './forward.ts';
import { LIMITS } from './limits.ts';
import { accountSidRule, errorCodesRule, pathRule, publicUrls } from './rules.ts';
import { section } from './section.ts';
import { serverTls } from './tls.ts';
import { authToken, tokenRule } from './tokens.ts';

const account = z.strictObject({
  account_sid: check(text(), (sid) => accountSidRule(sid) ?? (sid === '' ? 'is required' : undefined)).describe(
    'Required. The account whose callbacks these tokens verify.',
  ),
  auth_tokens: check(list(), (tokens) => {
    if (tokens.length === 0) return 'needs at least one token';
    return tokens.length > 4 ? 'may hold four tokens' : each(tokenRule)(tokens);
  }).describe('Required. Its tokens, one to four; several while one is rotated.'),
});

const sharedKey = z.strictObject({
  key: check(text(), (key) =>
    /^webhooks_sharedkey_[A-Za-z0-9]{1,100}$/.test(key) ? undefined : 'must be the id of a key: webhooks_sharedkey_...',
  ).describe('Required. Its id.'),
  secret: check(text(), (secret) => tokenRule(secret) ?? (secret === '' ? 'is required' : undefined)).describe(
    'Required. What Twilio showed once when the key was made.',
  ),
});

export const twilio = section({
  endpoint: check(text(':8080'), (value) => endpointRule(value === '' ? 'none' : value)).describe(
    'Where callbacks arrive: `host:port` or `:port`. The variable is the port alone. Without a host: `0.0.0.0` when signatures are verified, else `127.0.0.1` and `::1` only.',
  ),
  path: check(text('/webhooks'), pathRule).describe(
    'Callback families and feeds stand below this path: `/webhooks/message`, `/webhooks/call`, `/webhooks/events`.',
  ),
  tls: serverTls("the receiver's port"),
  public_urls: publicUrls().describe(
    'The URLs under which Twilio reaches the agent, comma separated: scheme, host and, if a proxy strips one, the path prefix, without `?` and `#`. Signatures cover the URL, so set this whenever anything stands between Twilio and the agent.',
  ),
  trusted_proxies: check(list(), each(cidrRule)).describe(
    'Addresses or CIDRs of proxies whose `X-Forwarded-*` headers are believed when `public_urls` is empty.',
  ),
  account_sid: check(text(), accountSidRule).describe(
    'The account: `AC` and 32 hex digits. With a token but no account, the token serves whatever account sends.',
  ),
  auth_token: authToken().describe(
    "The account's auth token. Without any token the agent is a local trial that accepts unsigned callbacks.",
  ),
  auth_token_secondary: authToken().describe('A second token that is accepted too, while the token is rotated.'),
  accounts: z
    .array(account)
    .default([])
    .describe('More accounts: subaccounts sign with their own token. Any others are refused (401).'),
  shared_keys: check(z.array(sharedKey).default([]), (keys) => {
    if (keys.length > 4) return 'may hold four keys';
    return new Set(keys.map(({ key }) => key)).size < keys.length ? 'names a key twice' : undefined;
  }).describe('Keys made for signing alone, which Twilio uses instead of an auth token where a webhook rule says so.'),
  allow_unsigned: flag(false).describe(
    'Accept unsigned callbacks from anywhere when no token is set: anybody can then make up numbers.',
  ),
  require_signature: flag(false).describe(
    'Start only with a token: one that got lost (an empty secret, another folder) is then an error and never a local trial. The Docker image sets it.',
  ),
  storage: choice(['file_storage', 'memory'], 'file_storage').describe(
    'What remembers the callbacks already counted: see `extensions`.',
  ),
  error_codes: check(list(), errorCodesRule).describe(
    'Error codes that Twilio added after this version: the label `error_code` names them, instead of `other`. The log says once which one is not known.',
  ),
  families: families(),
  forward,
  ...LIMITS,
}).describe("Twilio's webhook callbacks.");
