import type { Server } from 'node:http';
import type { Middleware } from 'koa';
import { add, observe } from '../instrumentation/increments.ts';
import type { Instruments } from '../instrumentation/instruments.ts';
import { createTelemetry } from '../instrumentation/provider.ts';
import { createResource } from '../instrumentation/resource.ts';
import { type Clock, systemClock } from './clock.ts';
import { listenOn } from './config/listen.ts';
import type { Config } from './config/schema.ts';
import { type Endpoint, parseEndpoint } from './config/values.ts';
import type { Family } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import { describeLedger, openLedger, windowMs } from './ledger/open.ts';
import { EventLog, type Logger } from './log.ts';
import { createApp } from './receive/app.ts';
import { callbackHandler } from './receive/callback.ts';
import { Doors } from './receive/doors.ts';
import { InFlight } from './receive/gate.ts';
import { Outcomes } from './receive/outcomes.ts';
import { createHardenedServer } from './receive/server.ts';
import { createSite } from './receive/site.ts';
import type { TransportReason } from './rejection.ts';
import { observeProcess } from './self/process.ts';
import { startTwilioApi } from './twilio-api/receiver.ts';
import { VERSION } from './version.ts';
import { createExports } from './wiring/export.ts';
import { observeAgent } from './wiring/observe.ts';
import { suppliedValues } from './wiring/supplied.ts';
import { createVerifier, describeVerification } from './wiring/verification.ts';

const FLUSH_TIMEOUT_MS = 4_500;

export interface AgentOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate?: boolean;
}

/** What stops in the end, in the order in which it does. */
interface Parts {
  readonly config: Config;
  readonly state: { stage: 'open' | 'closing' | 'closed' };
  readonly doors: Doors;
  readonly inFlight: InFlight;
  readonly stopTwilioApi: () => Promise<void> | undefined;
  readonly closeLedger: () => Promise<void>;
  readonly closeTelemetry: () => Promise<void>;
}

/** The running agent: the rooms, wired along the flow. Stops door first. */
export class Agent {
  readonly #parts: Parts;
  #stopping: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
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
      onReopen: (base) => instruments?.revive(base),
      onBatch: (durationMs, changes) =>
        instruments?.record([observe('ledgerCommitDuration', durationMs / 1_000), observe('ledgerBatchSize', changes)]),
    });
    const base = () => {
      const { startTimeMs, totals } = ledger.base;
      return {
        startTimeMs,
        totals,
        ...(instruments ? { gauges: instruments.gauges, histograms: instruments.histograms } : {}),
      };
    };
    const exports = await createExports(config, { base, instruments: () => instruments, clock, events });
    const { service_name: serviceName, attributes } = config.service.telemetry.resource;
    const telemetry = createTelemetry(
      createResource({ serviceName, attributes, version: VERSION, instanceId: ledger.instanceId }),
      exports.readers,
      suppliedValues(exports.pushes.map(({ id }) => id)),
      exports.hurry,
    );
    instruments = telemetry.instruments;
    instruments.revive(ledger.base);
    const outcomes = new Outcomes(FAMILIES.map(({ name }) => name));
    observeAgent(instruments, verifier, ledger, outcomes);
    exports.observe(instruments);
    const unwatch = observeProcess(instruments, clock);

    const state: Parts['state'] = { stage: 'open' };
    const inFlight = new InFlight(twilio);
    const families = new Map<string, Family>(FAMILIES.map((family) => [`${twilio.path}/${family.name}`, family]));
    const room = { verifier, ledger, clock, events, windowMs: windowMs(config), limits: twilio };
    const onTransportError = (reason: TransportReason) => instruments.record([add('transportErrors', { reason })]);
    const serve = (pages: ReadonlyMap<string, Middleware>, served: ReadonlyMap<string, Family>): Server => {
      const callbacks = (family: Family, path: string) => {
        const handler = callbackHandler(family, path, room);
        return { get: handler, post: handler };
      };
      const shared = { limits: twilio, inFlight, outcomes, onTransportError, instruments, events, state };
      const listener = createApp({ families: served, callbacks, pages, ...shared });
      return createHardenedServer(twilio, listener, onTransportError);
    };
    const site = createSite({
      config,
      scrape: exports.scrape,
      events,
      unready: () => (state.stage === 'open' ? ledger.unavailable() : 'shutting_down'),
      version: VERSION,
      facts: facts(config),
      callbackPaths: [...families.keys()],
    });
    const doors: { server: Server; endpoint: Endpoint }[] = listenOn(twilio).map((endpoint) => ({
      server: serve(site.receiver, families),
      endpoint,
    }));
    const own = parseEndpoint(config.exporters.prometheus.endpoint);
    if (own && site.own) {
      doors.push({ server: serve(site.own, new Map()), endpoint: { ...own, host: own.host || '0.0.0.0' } });
    }
    let twilioApi: ReturnType<typeof startTwilioApi>;
    const agent = new Agent({
      config,
      state,
      doors: new Doors(doors),
      inFlight,
      stopTwilioApi: () => twilioApi?.stop(),
      closeLedger: () => ledger.close(),
      closeTelemetry: () => telemetry.shutdown(FLUSH_TIMEOUT_MS).finally(unwatch),
    });
    try {
      await agent.#parts.doors.open();
    } catch (error) {
      // Nobody was let in, so there is nothing to wait for.
      agent.#parts.doors.closeAllConnections();
      await Promise.all([ledger.close(), telemetry.shutdown(0), agent.#parts.doors.close()]).finally(unwatch);
      throw error;
    }
    twilioApi = startTwilioApi(config, { instruments, log, clock });
    return agent;
  }

  /** The port of the receiver, which the system chose where the configuration says 0. */
  get port(): number {
    return this.#parts.doors.firstPort;
  }

  /** The port of the scrape page, where it has one of its own. */
  get metricsPort(): number {
    return this.#parts.doors.lastPort;
  }

  /** Stops once: not ready, then the delay, then the door, the requests inside, the ledger, the last push. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { config, state, doors, inFlight, stopTwilioApi, closeLedger, closeTelemetry } = this.#parts;
    const { shutdown_delay, shutdown_timeout } = config.receivers.twilio;
    state.stage = 'closing';
    const apiStopped = stopTwilioApi();
    if (shutdown_delay > 0) await sleep(shutdown_delay);
    const closed = doors.close();
    state.stage = 'closed';
    await Promise.race([closed, drained(inFlight, shutdown_timeout)]);
    doors.closeAllConnections();
    await apiStopped;
    await closeLedger();
    await closeTelemetry();
  }
}

/** Resolves when no callback is being worked on, or after the timeout. */
async function drained(inFlight: InFlight, timeoutMs: number): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += 20) {
    await sleep(20);
    if (waited >= 100 && inFlight.requests === 0) return;
  }
}

/** What the first page tells a person; nothing of it is secret. */
function facts(config: Config): [string, string][] {
  const { twilio } = config.receivers;
  return [
    ['signatures', describeVerification(twilio)],
    ['ledger', describeLedger(config)],
    ['public URLs', twilio.public_urls.length > 0 ? 'configured' : 'not configured: taken from each request'],
    ['exporters', config.service.pipelines.metrics.exporters.join(', ')],
  ];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
