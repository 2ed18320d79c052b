import { z } from 'zod';
import { MAX_API_ACCOUNTS } from '../../../instrumentation/metrics/api.ts';
import { apiUrlRule, categoryRule, check, count, duration, each, flag, list, text } from '../values.ts';
import { accountSidRule } from './rules.ts';
import { section } from './section.ts';
import { authToken, secret } from './tokens.ts';

const apiKeyRule = (sid: string) =>
  sid === '' || /^SK[0-9a-fA-F]{32}$/.test(sid) ? undefined : 'must be an API key SID: SK and 32 hex digits';

const nameRule = (name: string) =>
  name === '' || (/^[A-Za-z0-9][\w.-]{0,62}$/.test(name) && !/^AC[0-9a-f]{32}$/.test(name))
    ? undefined
    : 'must be 1 to 63 letters, digits, dots, hyphens and underscores, and no SID';

const account = section({
  name: check(text(), nameRule).describe('The label `account` of its figures; needed where several accounts are read.'),
  account_sid: check(text(), accountSidRule).describe('The account whose balance and usage are read.'),
  auth_token: authToken().describe('Its auth token.'),
  api_key: check(text(), apiKeyRule).describe(
    'For the REST side (`SK` and 32 hex digits), instead of the token, which is then not used here; a standard key suffices.',
  ),
  api_secret: secret().describe('The secret of `api_key`.'),
});

/** One thing that is read from the REST API again and again. */
const scraper = (interval: string) => ({
  enabled: flag(true).describe('Whether it is read.'),
  collection_interval: duration(interval, { min: '1s', max: '1d' }).describe('How often it is read.'),
  initial_delay: duration('5s', { max: '1h' }).describe('How long after the start the first request is made.'),
  timeout: duration('10s', { min: '100ms', max: '5m' }).describe('How long one request may take.'),
});

export const twilioApi = section({
  endpoint: check(text('https://api.twilio.com'), apiUrlRule).describe(
    'Base URL of the REST side, for a proxy or a mock server.',
  ),
  accounts: check(z.array(account).prefault([{}]), (accounts) =>
    accounts.length > MAX_API_ACCOUNTS ? `may hold ${MAX_API_ACCOUNTS} accounts` : undefined,
  ).describe('The accounts that are read. Without credentials no request is made.'),
  discover: flag(false).describe(
    "Whether callbacks of subaccounts are verified by the tokens that Twilio tells the parent, which is each of `accounts`. It takes the parent's auth token or a main API key: a standard key may not list accounts.",
  ),
  discover_interval: duration('1h', { min: '10s', max: '1d' }).describe('How often subaccounts are listed.'),
  scrapers: section({
    balance: section(scraper('5m')).describe("The account's balance. A subaccount has none: switch this off there."),
    usage: section({
      ...scraper('15m'),
      categories: check(list(), each(categoryRule)).describe(
        'Usage categories, such as `[sms-outbound, calls-outbound, totalprice]`; none listed means all.',
      ),
    }).describe('Amounts and prices of the current UTC day.'),
  }).describe('What is read, and how often; a value that could not be refreshed within three intervals disappears.'),
  reconciliation: section({
    enabled: flag(false).describe('Whether messages and calls are listed and compared.'),
    delay: duration('12h', { min: '1s', max: '7d' }).describe(
      'How long ago a message was sent, or a call began, before it is listed and compared.',
    ),
    again_after: duration('72h', { max: '30d' }).describe(
      'When it is listed once more, for those that had not ended by then; `0s` switches that off. One that has not ended now either is never compared.',
    ),
    interval: duration('1d', { min: '1s', max: '1d' }).describe('How often what has settled meanwhile is listed.'),
    initial_delay: duration('5s', { max: '1h' }).describe('How long after the start the first list is read.'),
    pages_per_hour: count(360, { min: 12, max: 36_000 }).describe(
      'The most requests for lists in an hour, evenly spread, of up to 1,000 messages or calls each.',
    ),
    timeout: duration('30s', { min: '100ms', max: '5m' }).describe('How long one request may take.'),
    backfill: flag(false).describe('Whether a last status that no callback told is counted as if one had.'),
  }).describe('Compares what Twilio lists of messages and calls with the callbacks that were received.'),
}).describe("Twilio's REST API: balance, usage, and whether it answers.");
