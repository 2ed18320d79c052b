import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { Scrape } from '../../instrumentation/prometheus.ts';
import { createTelemetry } from '../../instrumentation/provider.ts';
import type { Base } from '../../instrumentation/totals.ts';
import { loadConfig, setLayer } from '../../src/config/load.ts';
import { NO_LABELER } from '../../src/feeds/labeler.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MemoryLedger } from '../../src/ledger/memory/memory.ts';
import { createLogger } from '../../src/log.ts';
import type { DiscoveredAccounts } from '../../src/twilio-api/discovery/accounts.ts';
import type { Sleep } from '../../src/twilio-api/pace.ts';
import {
  announceTwilioApi,
  discoveredAccounts,
  startTwilioApi,
  type TwilioApi,
} from '../../src/twilio-api/receiver.ts';
import * as reconciliationRoom from '../../src/twilio-api/reconciliation/index.ts';
import { suppliedValues } from '../../src/wiring/supplied.ts';
import { labelled } from '../e2e/support/samples.ts';
import { ManualClock } from '../manual-clock.ts';
import { told } from '../told.ts';
import { type FakeTwilio, SID, TOKEN } from './fake.ts';

export const CREDENTIALS = { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN };
export const onlyBalance = ['receivers.twilio_api.scrapers.usage.enabled=false'];
export const onlyUsage = ['receivers.twilio_api.scrapers.balance.enabled=false'];

/** The shipped configuration with an environment and assignments of a test's. */
export function configOf(env: Record<string, string>, sets: readonly string[] = []) {
  const yaml = readFileSync(new URL('../../otel-config/agent.yaml', import.meta.url), 'utf8');
  const loaded = loadConfig([{ name: 'agent.yaml', yaml }, ...sets.map(setLayer)], env);
  if (!loaded.config) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** The receiver on a fake API, with time that passes only when it is told to. */
export class Bench {
  readonly clock: ManualClock;
  readonly log: Record<string, unknown>[] = [];
  /** How long the receiver meant to wait, each time. */
  readonly waits: number[] = [];
  readonly api: TwilioApi | undefined;
  readonly ledger: Ledger;
  readonly discovered: DiscoveredAccounts | undefined;
  readonly #sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  #histograms: Base['histograms'] = new Map();
  readonly #scrape = new Scrape(() => ({ startTimeMs: 0, totals: new Map(), histograms: this.#histograms! }));
  readonly #loops: number;

  constructor(
    fake: FakeTwilio,
    sets: readonly string[],
    env: Record<string, string> = CREDENTIALS,
    {
      clock = new ManualClock(),
      ledger,
      random = () => 0.5,
    }: { clock?: ManualClock; ledger?: Ledger; random?: () => number } = {},
  ) {
    this.clock = clock;
    const config = configOf({ TWILIO_API_URL: fake.url, ...env }, sets);
    const { scrapers, reconciliation, discover } = config.receivers.twilio_api;
    const { balance, usage } = scrapers;
    const accounts = config.receivers.twilio_api.accounts.length;
    const ofEach = [balance.enabled, usage.enabled, discover, reconciliation.enabled, reconciliation.enabled];
    this.#loops = accounts * ofEach.filter(Boolean).length;
    const write = (line: Buffer, _: string, done: () => void) => {
      this.log.push(JSON.parse(told(String(line))));
      done();
    };
    const log = createLogger({ level: 'debug', encoding: 'json', terminal: false }, new Writable({ write }));
    announceTwilioApi(config, log);
    const { instruments } = createTelemetry(resourceFromAttributes({}), [this.#scrape.reader], suppliedValues());
    this.#histograms = instruments.histograms;
    this.ledger =
      ledger ??
      new MemoryLedger({
        windowMs: 168 * 3_600_000,
        maxEntries: 100_000,
        clock,
        onCommit: (increments) => instruments.record(increments),
      });
    // The test runner loads what is imported on demand a second time, with classes of its own.
    const loadReconciliation = async () => reconciliationRoom;
    this.discovered = discoveredAccounts(config);
    const counted = { discovered: this.discovered, ledger: this.ledger, labeler: NO_LABELER, loadReconciliation };
    const parts = { instruments, log, clock, sleep: this.#sleep, random, ...counted };
    this.api = startTwilioApi(config, parts);
  }

  readonly #sleep: Sleep = (ms, signal) => {
    this.waits.push(ms);
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void) => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => leave(() => reject(signal.reason));
      const sleeper = { dueMs: this.clock.monotonicMs() + ms, wake: () => leave(resolve) };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort);
    });
  };

  /** Lets time pass; resolves when all that became due is done and every scraper waits again. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.monotonicMs() + ms;
    for (;;) {
      while (this.#sleepers.size < this.#loops) await new Promise((resolve) => setTimeout(resolve, 1).unref());
      const next = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next || next.dueMs > untilMs) break;
      this.clock.advance(next.dueMs - this.clock.monotonicMs());
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.clock.advance(untilMs - this.clock.monotonicMs());
  }

  page(): Promise<string> {
    return this.#scrape.page();
  }

  async value(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    return labelled(await this.page(), name, labels);
  }

  /** The messages of the log at a level. */
  said(level: string): string[] {
    return this.log.filter((line) => line['level'] === level).map((line) => String(line['msg']));
  }
}
