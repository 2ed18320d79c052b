import type { Instruments } from '../../instrumentation/instruments.ts';
import type { ApiOperation } from '../../instrumentation/metrics.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { TwilioApiConfig } from '../config/schema.ts';
import type { ErrorCodes } from '../families/message-errors.ts';
import type { Labeler } from '../feeds/labeler.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logger } from '../log.ts';
import { byToken, type Credentials, maskedSid } from './account.ts';
import { type Balance, fetchBalance } from './balance.ts';
import { createClient } from './client.ts';
import type { DiscoveredAccounts, ToldAccount } from './discovery/accounts.ts';
import { fetchAccount, listAccounts } from './discovery/list.ts';
import { asFailure } from './failure.ts';
import { Fresh } from './fresh.ts';
import { Health } from './health.ts';
import { Line } from './line.ts';
import { Operation, timed } from './operation.ts';
import { type Sleep, wait } from './pace.ts';
import { fetchUsage, type SkipReason, UsageBudgets, UsageReading } from './usage.ts';

export interface ReaderParts {
  readonly instruments: Instruments;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  readonly random?: () => number;
}

/** What Twilio's lists are compared with. */
export interface Counted {
  readonly ledger: Ledger;
  readonly labeler: Labeler;
  readonly errorCodes: ErrorCodes;
}

type Reconciliation = typeof import('./reconciliation/index.ts');
type Scraper = Pick<TwilioApiConfig['scrapers']['balance'], 'collection_interval' | 'timeout'>;

/** What an account has to know of the others that are read beside it. */
export interface Among {
  /** Its label; `undefined` where no other is read. */
  readonly account: string | undefined;
  readonly budgets: UsageBudgets;
  /** From 0 to 1: how late of all it makes its first requests, so that accounts are not read all at once. */
  readonly late: number;
}

/** What is read of one account, each thing on a timer of its own. */
export class AccountReader {
  readonly #config: TwilioApiConfig;
  #credentials: Credentials;
  readonly #instruments: Instruments;
  readonly #record: Instruments['record'];
  readonly #log: Logger;
  readonly #parts: { clock: Clock; sleep: Sleep; random: () => number; stop: AbortSignal };
  readonly #health: Health;
  readonly #line: Line;
  readonly #among: Among;
  #wake = new AbortController();
  readonly #intervals: (readonly [
    seconds: number,
    labels: { operation: ApiOperation; account: string | undefined },
  ])[] = [];

  constructor(
    config: TwilioApiConfig,
    { instruments, log, clock = systemClock, sleep = wait, random = Math.random }: ReaderParts,
    credentials: Credentials,
    stop: AbortSignal,
    among: Among = { account: undefined, budgets: new UsageBudgets(), late: 0 },
  ) {
    this.#among = among;
    this.#config = config;
    this.#credentials = credentials;
    this.#instruments = instruments;
    this.#log = log;
    this.#parts = { clock, sleep, random, stop };
    this.#line = new Line(this.#parts);
    const record = instruments.record.bind(instruments);
    this.#record = record;
    this.#health = new Health(log, maskedSid(credentials.accountSid), () => clock.wallMs(), record, among.account);
    instruments.observe('apiUp', () => {
      const up = this.#health.up();
      return up === undefined ? undefined : [[up, { account: among.account }]];
    });
    instruments.observe('apiLastSuccess', () => this.#health.lastSuccess());
    instruments.observe('apiCollectionInterval', () => this.#intervals);
  }

  /** It signs in with these, of the same account, from the next request on; where they are others, that is made at once. */
  renew(credentials: Credentials): void {
    const { username, password, token } = this.#credentials;
    this.#credentials = credentials;
    if (credentials.username === username && credentials.password === password && credentials.token === token) return;
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  readBalance(): Promise<void> {
    const scraper = this.#config.scrapers.balance;
    const operation = this.#operation('FetchBalance', scraper);
    const balance = this.#fresh<Balance>(scraper);
    const { account } = this.#among;
    this.#instruments.observe('accountBalance', () => {
      const [value, labels] = balance.get() ?? [];
      return value === undefined ? undefined : [[value, { currency: labels!.currency, account }]];
    });
    const client = this.#client(scraper);
    return operation.repeat(scraper.initial_delay + this.#late(scraper), async () => {
      const api = await client();
      balance.set(await operation.request(() => fetchBalance(api)));
    });
  }

  readUsage(): Promise<void> {
    const scraper = this.#config.scrapers.usage;
    const operation = this.#operation('FetchUsageRecordsToday', scraper);
    const usage = this.#fresh<UsageReading>(scraper);
    this.#instruments.observe('usageAmount', () => usage.get()?.amounts);
    this.#instruments.observe('usagePrice', () => usage.get()?.prices);
    const client = this.#client(scraper);
    const { account, budgets } = this.#among;
    const categories = new Set(scraper.categories);
    return operation.repeat(scraper.initial_delay + this.#late(scraper), async () => {
      const skipped = new Map<SkipReason, number>();
      const skip = (reason: SkipReason) => skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      const reading = new UsageReading(categories, budgets, skip, account);
      const api = await client();
      await fetchUsage(
        api,
        (send) => operation.request(send),
        (record) => reading.add(record),
      );
      usage.set(reading);
      this.#health.skipped('FetchUsageRecordsToday', skipped);
    });
  }

  /**
   * Lists the account and those below it, at once and again and again: callbacks of a subaccount are waiting for it. `onTried`
   * is called when the list is complete, and where something of it failed.
   */
  discover(discovered: DiscoveredAccounts, onTried: () => void): Promise<void> {
    const scraper = { collection_interval: this.#config.discover_interval, timeout: LIST_TIMEOUT_MS };
    const operation = this.#operation('ListAccount', scraper);
    const client = this.#client(scraper, byToken);
    let told = false;
    return operation.repeat(0, async () => {
      const api = await client();
      const listing = discovered.listing(this.#credentials.accountSid);
      const page = <T>(send: () => Promise<T>) =>
        operation.request(() =>
          send().catch((error) => {
            onTried();
            throw error;
          }),
        );
      await listAccounts(api, page, listing.add).finally(onTried);
      listing.end();
      if (!told)
        this.#log.info(`twilio_api: callbacks of ${discovered.size} accounts verify by tokens that Twilio told`);
      told = true;
    });
  }

  /** Looks one account up, once: who asks for it asks again. */
  lookUp(): (accountSid: string) => Promise<ToldAccount | undefined> {
    const operation = 'FetchAccount';
    const client = this.#client({ timeout: LIST_TIMEOUT_MS }, byToken);
    this.#health.mayFail(operation);
    return async (accountSid) => {
      try {
        const api = await client();
        const told = await this.#line.request(() =>
          timed({ ...this.#parts, operation, record: this.#record }, () => fetchAccount(api, accountSid)),
        );
        this.#health.succeeded(operation);
        return told;
      } catch (error) {
        if (!this.#parts.stop.aborted) this.#health.failedOnce(operation, asFailure(error));
        return undefined;
      }
    };
  }

  /** Compares Twilio's lists with what was counted, each on a turn of its own, together within one budget. */
  async reconcile(counted: Counted, { Budget, Comparison, LISTS }: Reconciliation): Promise<void> {
    const { interval, timeout, pages_per_hour, delay, again_after, backfill, initial_delay } =
      this.#config.reconciliation;
    const line = new Budget(this.#line, pages_per_hour, this.#parts);
    const scraper = { collection_interval: interval, timeout };
    const comparisons = LISTS.map((list) => {
      const operation = this.#operation(list.operation, scraper, line);
      const onPage = () => this.#health.completed(list.operation);
      const room = { ...this.#parts, ...counted, log: this.#log, client: this.#client(scraper) };
      const { accountSid } = this.#credentials;
      const parts = { ...room, list, operation, accountSid, backfill, onPage };
      // What had not ended at the first look may have at the second one; what was compared carries a mark.
      const passes = [new Comparison({ ...parts, pass: '', delayMs: delay })];
      if (again_after > 0) passes.push(new Comparison({ ...parts, pass: 'again', delayMs: again_after }));
      return { list, operation, passes };
    });
    const { account } = this.#among;
    this.#instruments.observe('reconciliationLag', () =>
      comparisons.flatMap(({ list: { family }, passes }) => {
        const lags = passes.flatMap(({ lagS }) => lagS ?? []);
        return lags.length === 0 ? [] : [[Math.max(...lags), { family, account }] as const];
      }),
    );
    const inTurn = (passes: readonly { run(): Promise<void> }[]) => async () => {
      for (const pass of passes) await pass.run();
    };
    await Promise.all(
      comparisons.map(({ operation, passes }) => operation.repeat(initial_delay + this.#late(scraper), inTurn(passes))),
    );
  }

  /** How much later than configured it begins; no later than an interval. */
  #late({ collection_interval }: Scraper): number {
    return this.#among.late * Math.min(SPREAD_MS, collection_interval);
  }

  #operation(
    operation: ApiOperation,
    { collection_interval: intervalMs }: Scraper,
    line: Pick<Line, 'request'> = this.#line,
  ): Operation {
    const { account } = this.#among;
    this.#intervals.push([intervalMs / 1_000, { operation, account }]);
    this.#health.mayFail(operation);
    const room = { health: this.#health, record: this.#record, wake: () => this.#wake.signal };
    return new Operation({ ...this.#parts, operation, intervalMs, line, ...room });
  }

  #fresh<T>({ collection_interval }: Scraper): Fresh<T> {
    return new Fresh(collection_interval, () => this.#parts.clock.monotonicMs());
  }

  /** Each scraper has a timeout, and so a client, of its own; it is made when it is first needed, and for new credentials. */
  #client({ timeout: timeoutMs }: Pick<Scraper, 'timeout'>, as = (credentials: Credentials) => credentials) {
    const { stop, clock } = this.#parts;
    const { endpoint } = this.#config;
    let made: { readonly by: Credentials; readonly client: ReturnType<typeof createClient> } | undefined;
    return () => {
      const credentials = this.#credentials;
      if (made?.by !== credentials) {
        const client = createClient({
          endpoint,
          credentials: as(credentials),
          timeoutMs,
          stop,
          wallMs: () => clock.wallMs(),
        });
        made = { by: credentials, client };
      }
      return made.client;
    };
  }
}

/** Over how long the first requests of several accounts are spread. */
const SPREAD_MS = 30_000;
/** A page of a thousand accounts is a few megabytes. */
const LIST_TIMEOUT_MS = 30_000;
