import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Middleware } from 'koa';
import { add, observe } from '../instrumentation/increments.ts';
import type { Instruments } from '../instrumentation/instruments.ts';
import { createTelemetry, type Telemetry } from '../instrumentation/provider.ts';
import { createResource } from '../instrumentation/resource.ts';
import { type Clock, systemClock } from './clock.ts';
import { isSigned, listenOn } from './config/listen.ts';
import type { Config, TwilioConfig } from './config/schema.ts';
import { type Endpoint, parseEndpoint } from './config/values.ts';
import { createExports } from './export.ts';
import type { Family } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import type { Ledger } from './ledger/ledger.ts';
import { openLedger, windowMs } from './ledger/open.ts';
import { EventLog, type Logger } from './log.ts';
import { createApp } from './receive/app.ts';
import { bodyReader, callbackHandler } from './receive/callback.ts';
import { InFlight } from './receive/gate.ts';
import { Outcomes } from './receive/outcomes.ts';
import { type HomeFacts, health, home, live, metricsPage } from './receive/pages.ts';
import { createHardenedServer } from './receive/server.ts';
import type { TransportReason } from './rejection.ts';
import { observeProcess } from './self/process.ts';
import { suppliedValues } from './supplied.ts';
import { startTwilioApi, type TwilioApi } from './twilio-api/receiver.ts';
import { type Account, TOKEN_INDEXES, Verifier } from './verify/verifier.ts';
import { VERSION } from './version.ts';

const FLUSH_TIMEOUT_MS = 4_500;

export interface AgentOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate?: boolean;
}

/** The running agent: the rooms, wired along the flow. Stops door first. */
export class Agent {
  readonly #config: Config;
  readonly #ledger: Ledger;
  readonly #telemetry: Telemetry;
  readonly #servers: { readonly server: Server; readonly endpoint: Endpoint }[];
  readonly #state: { stage: 'open' | 'closing' | 'closed' };
  readonly #inFlight: InFlight;
  readonly #unwatch: () => void;
  #twilioApi: TwilioApi | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(parts: {
    config: Config;
    ledger: Ledger;
    telemetry: Telemetry;
    servers: { server: Server; endpoint: Endpoint }[];
    state: { stage: 'open' | 'closing' | 'closed' };
    inFlight: InFlight;
    unwatch: () => void;
  }) {
    this.#config = parts.config;
    this.#ledger = parts.ledger;
    this.#telemetry = parts.telemetry;
    this.#servers = parts.servers;
    this.#state = parts.state;
    this.#inFlight = parts.inFlight;
    this.#unwatch = parts.unwatch;
  }

  /** Resolves once callbacks are accepted; until then nothing listens. */
  static async start({ config, log, clock = systemClock, recreate = false }: AgentOptions): Promise<Agent> {
    const { twilio } = config.receivers;
    const events = new EventLog(log, () => clock.monotonicMs());
    const verifier = createVerifier(twilio);
    let instruments: Instruments | undefined;
    const ledger = await openLedger({
      config,
      trial: !verifier.signed,
      recreate,
      clock,
      log,
      onCommit: (increments) => instruments?.record(increments),
      onBatch: (durationMs, changes) =>
        instruments?.record([observe('ledgerCommitDuration', durationMs / 1_000), observe('ledgerBatchSize', changes)]),
    });
    const base = () => {
      const { startTimeMs, totals } = ledger.base;
      return { startTimeMs, totals, ...(instruments ? { gauges: instruments.gauges } : {}) };
    };
    const exports = await createExports(config, { base, instruments: () => instruments, clock, events });
    const { scrape, pushes } = exports;
    const telemetry = createTelemetry(
      createResource({
        serviceName: config.service.telemetry.resource.service_name,
        attributes: config.service.telemetry.resource.attributes,
        version: VERSION,
        instanceId: ledger.instanceId,
      }),
      exports.readers,
      suppliedValues(pushes.map(({ id }) => id)),
      exports.hurry,
    );
    instruments = telemetry.instruments;
    instruments.revive(ledger.base);
    const outcomes = new Outcomes(FAMILIES.map(({ name }) => name));
    observeAgent(instruments, verifier, ledger, outcomes);
    exports.observe(instruments);
    const unwatch = observeProcess(instruments, clock);

    const state: { stage: 'open' | 'closing' | 'closed' } = { stage: 'open' };
    const inFlight = new InFlight(twilio);
    const families = new Map<string, Family>(FAMILIES.map((family) => [`${twilio.path}/${family.name}`, family]));
    const room = { verifier, ledger, clock, events, windowMs: windowMs(config), limits: pairLimits(twilio) };
    const onTransportError = (reason: TransportReason) => instruments.record([add('transportErrors', { reason })]);
    const app = (pages: ReadonlyMap<string, Middleware>, withFamilies: boolean) =>
      createHardenedServer(
        twilio,
        createApp({
          families: withFamilies ? families : new Map(),
          callbacks: (family, path) => [bodyReader(twilio), callbackHandler(family, path, room)],
          pages,
          limits: twilio,
          inFlight,
          outcomes,
          onTransportError,
          instruments,
          events,
          state,
        }).callback() as never,
        onTransportError,
      );

    const unready = () => {
      if (state.stage !== 'open') return 'shutting_down';
      return ledger.unavailable();
    };
    const { prometheus } = config.exporters;
    const scrapePages = new Map<string, Middleware>(scrape ? [[prometheus.path, metricsPage(scrape, events)]] : []);
    const healthPages = new Map<string, Middleware>(
      config.service.extensions.includes('health_check')
        ? [
            ['/health', health(unready)],
            ['/ready', health(unready)],
            ['/live', live],
          ]
        : [],
    );
    const own = parseEndpoint(prometheus.endpoint);
    const shared = own ? [] : [...scrapePages];
    const facts = homeFacts(config, verifier, ledger, [
      ...families.keys(),
      ...shared.map(([path]) => path),
      ...healthPages.keys(),
    ]);
    const publicPages = new Map<string, Middleware>([...shared, ...healthPages]);
    if (!own) publicPages.set('/', home(facts, unready));
    const servers = listenOn(twilio).map((endpoint) => ({ server: app(publicPages, true), endpoint }));
    if (own) {
      const pages = new Map<string, Middleware>([...scrapePages, ...healthPages, ['/', home(facts, unready)]]);
      servers.push({ server: app(pages, false), endpoint: { ...own, host: own.host || '0.0.0.0' } });
    }
    const agent = new Agent({ config, ledger, telemetry, servers, state, inFlight, unwatch });
    try {
      await agent.#listen();
    } catch (error) {
      await agent.stop();
      throw error;
    }
    agent.#twilioApi = startTwilioApi(config, { instruments, log, clock });
    return agent;
  }

  /** The port of the receiver, which the system chose where the configuration says 0. */
  get port(): number {
    return (this.#servers[0]!.server.address() as AddressInfo).port;
  }

  /** The port of the scrape page, where it has one of its own. */
  get metricsPort(): number {
    return (this.#servers.at(-1)!.server.address() as AddressInfo).port;
  }

  async #listen(): Promise<void> {
    let port: number | undefined;
    for (const { server, endpoint } of [...this.#servers]) {
      // Both loopback addresses have one port, also where the system chooses it.
      const wanted = endpoint.host === '::1' && port !== undefined ? port : endpoint.port;
      try {
        await listen(server, { host: endpoint.host, port: wanted });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (endpoint.host !== '::1' || (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT')) throw error;
        this.#servers.splice(
          this.#servers.findIndex((each) => each.server === server),
          1,
        );
        continue;
      }
      port ??= (server.address() as AddressInfo).port;
    }
  }

  /** Stops once: not ready, then the delay, then the door, the requests inside, the ledger, the last push. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { shutdown_delay, shutdown_timeout } = this.#config.receivers.twilio;
    this.#state.stage = 'closing';
    const apiStopped = this.#twilioApi?.stop();
    if (shutdown_delay > 0) await sleep(shutdown_delay);
    const closed = Promise.all(this.#servers.map(({ server }) => close(server)));
    this.#state.stage = 'closed';
    await Promise.race([closed, this.#drained(shutdown_timeout)]);
    for (const { server } of this.#servers) server.closeAllConnections();
    await apiStopped;
    await this.#ledger.close();
    await this.#telemetry.shutdown(FLUSH_TIMEOUT_MS);
    this.#unwatch();
  }

  /** Resolves when no callback is being worked on, or after the timeout. */
  async #drained(timeoutMs: number): Promise<void> {
    for (let waited = 0; waited < timeoutMs; waited += 20) {
      await sleep(20);
      if (waited >= 100 && this.#inFlight.requests === 0) return;
    }
  }
}

function createVerifier(twilio: TwilioConfig): Verifier {
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
  return new Verifier({
    accounts,
    unsigned: twilio.allow_unsigned ? 'anywhere' : 'trial',
    publicUrls: twilio.public_urls.map((url) => url.replace(/\/+$/, '')),
    familyUrls: Object.fromEntries(Object.entries(twilio.families).map(([name, family]) => [name, family.public_urls])),
    trustedProxies: twilio.trusted_proxies,
  });
}

function pairLimits(twilio: TwilioConfig) {
  return {
    maxParameters: twilio.max_parameters,
    maxParameterNameSize: twilio.max_parameter_name_size,
    maxParameterValueSize: twilio.max_parameter_value_size,
  };
}

function observeAgent(instruments: Instruments, verifier: Verifier, ledger: Ledger, outcomes: Outcomes): void {
  instruments.observe('callbacks', () => outcomes.read());
  instruments.observe('signatureVerification', () => (verifier.signed ? 1 : 0));
  instruments.observe('signaturesVerified', () =>
    TOKEN_INDEXES.map((token_index, i) => [verifier.verifiedByToken[i] ?? 0, { token_index }] as const),
  );
  instruments.observe('buildInfo', () => [[1, { version: VERSION }]]);
  instruments.observe('ledgerVolatile', () => (ledger.volatile ? 1 : 0));
  instruments.observe('ledgerEntries', () => ledger.stats().entries);
  instruments.observe('ledgerEntriesLimit', () => ledger.stats().maxEntries);
  instruments.observe('ledgerSize', () => ledger.stats().bytes);
  instruments.observe('ledgerWindow', () => ledger.stats().windowSeconds);
  instruments.observe('ledgerAvailable', () => (ledger.unavailable() ? 0 : 1));
}

function homeFacts(config: Config, verifier: Verifier, ledger: Ledger, links: readonly string[]): HomeFacts {
  const { twilio } = config.receivers;
  return {
    version: VERSION,
    links,
    facts: [
      ['signatures', describeVerification(twilio)],
      ['ledger', ledger.volatile ? `${ledger.storage}: ${FORGETS}` : ledger.storage],
      ['public URLs', twilio.public_urls.length > 0 ? 'configured' : 'not configured: taken from each request'],
      ['exporters', config.service.pipelines.metrics.exporters.join(', ')],
      ['tokens verify', verifier.signed ? 'yes' : 'no'],
    ],
  };
}

export const FORGETS = 'a restart forgets all totals and what was counted already, so a late copy counts again';

/** Whether callbacks are verified, in words that a person can act on. */
export function describeVerification(twilio: TwilioConfig): string {
  if (isSigned(twilio)) return 'verified: unsigned and forged callbacks are refused';
  if (twilio.allow_unsigned) return 'NOT verified, from anywhere (TWILIO_ALLOW_UNSIGNED): anybody can make up numbers';
  return 'NOT verified (local trial): callbacks are accepted from this machine only';
}

function listen(server: Server, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeIdleConnections();
  });

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
