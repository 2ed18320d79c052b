import { series } from '../../instrumentation/increments.ts';
import { READ_OPERATIONS } from '../../instrumentation/metrics.ts';
import { systemClock } from '../clock.ts';
import { isLoopback } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { ErrorCodes } from '../families/message-errors.ts';
import type { Logger } from '../log.ts';
import { type Credentials, credentialsOf, maskedSid } from './account.ts';
import { loadClient } from './client.ts';
import { DiscoveredAccounts, LIVE } from './discovery/accounts.ts';
import { LookUps } from './discovery/look-ups.ts';
import { wait } from './pace.ts';
import { AccountReader, type Counted, type ReaderParts } from './reader.ts';
import { together } from './together.ts';
import { UsageBudgets } from './usage.ts';

export interface TwilioApi {
  /**
   * Resolves when the accounts that are to be discovered are known, when that failed once, and after ten seconds: a
   * callback that comes before would be refused.
   */
  discovered(): Promise<void>;
  /** From the next request on it signs in with what the configuration says of the same account. */
  renew(config: Config): void;
  /** Aborts what is under way; resolves when nothing is. */
  stop(): Promise<void>;
}

/** Loads what reading takes, unless it is off: callbacks that are served meanwhile would have to wait. */
export async function prepareTwilioApi(config: Config): Promise<void> {
  if (twilioApiOff(config)) return;
  await loadClient();
  if (config.receivers.twilio_api.reconciliation.enabled) await loadReconciliation();
}

export interface ReceiverParts extends ReaderParts, Pick<Counted, 'ledger' | 'labeler'> {
  readonly loadReconciliation?: typeof loadReconciliation;
  /** What discovery keeps, where that is on. */
  readonly discovered?: DiscoveredAccounts | undefined;
}

/** Where accounts that are found are kept; `undefined` where none are looked for. */
export const discoveredAccounts = (config: Config): DiscoveredAccounts | undefined =>
  config.receivers.twilio_api.discover && !twilioApiOff(config) ? new DiscoveredAccounts() : undefined;

const loadReconciliation = () => import('./reconciliation/index.ts');

/** Reads Twilio's REST API on its own timers, never on the scrape path. Makes no request while it is off. */
export function startTwilioApi(config: Config, parts: ReceiverParts): TwilioApi | undefined {
  // Shown whether anything is read or not; of several accounts each has its own.
  if (allCredentials(config).length < 2) {
    const none = READ_OPERATIONS.map((operation) => ({ series: series('apiErrors', { operation }), value: 0 }));
    parts.instruments.record(none);
  }
  if (twilioApiOff(config)) return undefined;
  const { scrapers, reconciliation } = config.receivers.twilio_api;
  const stopping = new AbortController();
  const readers = readersOf(config, parts, stopping.signal);
  const running: Promise<void>[] = [];
  for (const reader of readers.values()) {
    if (scrapers.balance.enabled) running.push(reader.readBalance());
    if (scrapers.usage.enabled) running.push(reader.readUsage());
  }
  const { discovered } = parts;
  let lookUps: LookUps | undefined;
  const tried: Promise<void>[] = [];
  if (discovered) {
    const { instruments, clock = systemClock } = parts;
    instruments.observe('accountsDiscovered', () => LIVE.map((status) => [discovered.count(status), { status }]));
    const parents = [...readers].map(([accountSid, reader]) => ({ accountSid, lookUp: reader.lookUp() }));
    lookUps = new LookUps(discovered, parents, clock);
    for (const reader of readers.values()) {
      tried.push(new Promise((resolve) => running.push(reader.discover(discovered, resolve))));
    }
  }
  if (reconciliation.enabled) {
    const { instruments, ledger, labeler, loadReconciliation: load = loadReconciliation } = parts;
    instruments.show('receivers.twilio_api.reconciliation');
    const errorCodes = new ErrorCodes(config.receivers.twilio.error_codes);
    const loading = load();
    for (const reader of readers.values()) {
      running.push(loading.then((room) => reader.reconcile({ ledger, labeler, errorCodes }, room)));
    }
  }
  return {
    async discovered() {
      const timer = new AbortController();
      const { sleep = wait } = parts;
      await Promise.race([Promise.all(tried), sleep(PATIENCE_MS, timer.signal).catch(() => {})]);
      timer.abort();
    },
    renew(renewed) {
      for (const credentials of allCredentials(renewed)) readers.get(credentials.accountSid)?.renew(credentials);
    },
    async stop() {
      stopping.abort();
      await Promise.all([...running, lookUps?.settled()]);
    },
  };
}

/** Twilio waits for longer, and tries a connection that is refused once more. */
const PATIENCE_MS = 10_000;

/** A reader for each account, by its SID, with a line and timers of its own. */
function readersOf(config: Config, parts: ReaderParts, stop: AbortSignal): Map<string, AccountReader> {
  const accounts = allCredentials(config);
  const several = accounts.length > 1;
  const shared = several ? { ...parts, instruments: together(parts.instruments) } : parts;
  const budgets = new UsageBudgets();
  const { random = Math.random } = parts;
  return new Map(
    accounts.map((credentials) => {
      const account = several ? credentials.name : undefined;
      const among = { account, budgets, late: several ? random() : 0 };
      const reader = new AccountReader(config.receivers.twilio_api, shared, credentials, stop, among);
      return [credentials.accountSid, reader];
    }),
  );
}

/** With what it signs in to each account, where it does. */
export const allCredentials = (config: Config): readonly Credentials[] =>
  config.receivers.twilio_api.accounts.flatMap((account) => credentialsOf(account) ?? []);

/** Why the receiver makes no request; `undefined` when it does. */
function twilioApiOff(config: Config): string | undefined {
  const { scrapers, reconciliation, discover } = config.receivers.twilio_api;
  if (!config.service.pipelines.metrics.receivers.includes('twilio_api')) {
    return 'service.pipelines.metrics.receivers does not name it';
  }
  if (allCredentials(config).length === 0) {
    return 'no credentials (TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and TWILIO_API_SECRET)';
  }
  const on = scrapers.balance.enabled || scrapers.usage.enabled || reconciliation.enabled || discover;
  return on ? undefined : 'no scraper is enabled';
}

/** What is read how often, or why nothing is, in words. */
export function describeTwilioApi(config: Config): string {
  const off = twilioApiOff(config);
  if (off) return `off, ${off}`;
  const read = Object.entries(config.receivers.twilio_api.scrapers)
    .filter(([, scraper]) => scraper.enabled)
    .map(([name, scraper]) => `${name} every ${scraper.collection_interval / 1_000} s`);
  const { enabled, interval, backfill } = config.receivers.twilio_api.reconciliation;
  const compared = `compares the lists of messages and calls every ${interval / 1_000} s${backfill ? ' and back-fills' : ''}`;
  const { discover, discover_interval } = config.receivers.twilio_api;
  return [
    ...(read.length > 0 ? [`reads ${read.join(', ')}`] : []),
    ...(enabled ? [compared] : []),
    ...(discover ? [`lists subaccounts every ${discover_interval / 1_000} s`] : []),
  ].join(', ');
}

/** Says at start what is read from where, or why nothing is. */
export function announceTwilioApi(config: Config, log: Logger): void {
  const told = `twilio_api: ${describeTwilioApi(config)}`;
  if (twilioApiOff(config)) return log.info(told);
  const { endpoint } = config.receivers.twilio_api;
  for (const { accountSid, username } of allCredentials(config)) {
    const by = username === accountSid ? 'auth token' : 'API key';
    log.info(`${told} of account ${maskedSid(accountSid)} by its ${by} from ${endpoint}`);
  }
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    log.warn('twilio_api: the credentials travel unencrypted: receivers.twilio_api.endpoint is an http URL');
  }
}
