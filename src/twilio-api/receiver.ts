import { isLoopback } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { ErrorCodes } from '../families/message-errors.ts';
import type { Logger } from '../log.ts';
import { type Credentials, credentialsOf, maskedSid } from './account.ts';
import { loadClient } from './client.ts';
import { AccountReader, type Counted, type ReaderParts } from './reader.ts';

export interface TwilioApi {
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
}

const loadReconciliation = () => import('./reconciliation/index.ts');

/** Reads Twilio's REST API on its own timers, never on the scrape path. Makes no request while it is off. */
export function startTwilioApi(config: Config, parts: ReceiverParts): TwilioApi | undefined {
  if (twilioApiOff(config)) return undefined;
  const { scrapers, reconciliation } = config.receivers.twilio_api;
  const stopping = new AbortController();
  const reader = new AccountReader(config.receivers.twilio_api, parts, firstCredentials(config)!, stopping.signal);
  const running: Promise<void>[] = [];
  if (scrapers.balance.enabled) running.push(reader.readBalance());
  if (scrapers.usage.enabled) running.push(reader.readUsage());
  if (reconciliation.enabled) {
    const { instruments, ledger, labeler, loadReconciliation: load = loadReconciliation } = parts;
    instruments.show('receivers.twilio_api.reconciliation');
    const errorCodes = new ErrorCodes(config.receivers.twilio.error_codes);
    running.push(load().then((room) => reader.reconcile({ ledger, labeler, errorCodes }, room)));
  }
  return {
    renew(renewed) {
      reader.renew(firstCredentials(renewed)!);
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** With what it signs in, where it does. */
export const firstCredentials = (config: Config): Credentials | undefined =>
  config.receivers.twilio_api.accounts.map(credentialsOf).find(Boolean);

/** Why the receiver makes no request; `undefined` when it does. */
function twilioApiOff(config: Config): string | undefined {
  const { scrapers, reconciliation } = config.receivers.twilio_api;
  if (!config.service.pipelines.metrics.receivers.includes('twilio_api')) {
    return 'service.pipelines.metrics.receivers does not name it';
  }
  if (!firstCredentials(config)) {
    return 'no credentials (TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and TWILIO_API_SECRET)';
  }
  const on = scrapers.balance.enabled || scrapers.usage.enabled || reconciliation.enabled;
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
  return [...(read.length > 0 ? [`reads ${read.join(', ')}`] : []), ...(enabled ? [compared] : [])].join(', ');
}

/** Says at start what is read from where, or why nothing is. */
export function announceTwilioApi(config: Config, log: Logger): void {
  const told = `twilio_api: ${describeTwilioApi(config)}`;
  if (twilioApiOff(config)) return log.info(told);
  const { endpoint } = config.receivers.twilio_api;
  const { accountSid, username } = firstCredentials(config)!;
  const by = username === accountSid ? 'auth token' : 'API key';
  log.info(`${told} of account ${maskedSid(accountSid)} by its ${by} from ${endpoint}`);
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    log.warn('twilio_api: the credentials travel unencrypted: receivers.twilio_api.endpoint is an http URL');
  }
}
