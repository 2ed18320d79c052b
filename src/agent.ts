import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { type Forward, openForward } from './forward/forward.ts';
import { EventLog, type Logger } from './log.ts';
import { InFlight } from './receive/gate.ts';
import { Outcomes } from './receive/outcomes.ts';
import type { Keeper } from './receive/room.ts';
import { observeProcess } from './self/process.ts';
import { discoveredAccounts, prepareTwilioApi, startTwilioApi } from './twilio-api/receiver.ts';
import type { SendGridVerifier } from './verify/sendgrid.ts';
import type { Verifier } from './verify/verifier.ts';
import { type Counting, openCounting } from './wiring/counting.ts';
import { createDoors, type Entrance } from './wiring/doors.ts';
import { observeAgent } from './wiring/observe.ts';
import { planReload, type Reload } from './wiring/reload.ts';
import { holdsEvents, shownFeeds } from './wiring/shown.ts';
import { createSendGridVerifier, createVerifier, keysOf, sendgridKeysOf } from './wiring/verification.ts';

export interface AgentOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate?: boolean;
  /** Keeps what was verified. */
  readonly keeper?: Keeper;
  /** The configuration as it was written, merged and expanded, for the page that shows it. */
  readonly effective?: unknown;
}

/** What changes while it runs, and what stops in the end. */
interface Parts {
  readonly state: { stage: 'open' | 'closing' | 'closed' };
  readonly verifier: Verifier;
  readonly sendgrid: SendGridVerifier;
  readonly entrance: Entrance;
  readonly inFlight: InFlight;
  readonly counting: Counting;
  readonly unwatch: () => void;
  readonly forward: Forward | undefined;
}

/** The running agent: the rooms, wired along the flow. Stops door first. */
export class Agent {
  readonly #parts: Parts;
  #config: Config;
  #twilioApi: ReturnType<typeof startTwilioApi>;
  #stopping: Promise<void> | undefined;

  private constructor(config: Config, parts: Parts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** Resolves once callbacks are accepted; until then nothing listens. */
  static async start({
    config,
    log,
    clock = systemClock,
    recreate = false,
    keeper,
    effective,
  }: AgentOptions): Promise<Agent> {
    const { twilio } = config.receivers;
    const events = new EventLog(log, () => clock.monotonicMs());
    const discovered = discoveredAccounts(config);
    const verifier = createVerifier(twilio, discovered);
    const sendgrid = createSendGridVerifier(config, clock);
    const counting = await openCounting({ config, log, clock, events, trial: !verifier.signed, recreate });
    await prepareTwilioApi(config);
    const { ledger, instruments } = counting;
    const shown = shownFeeds(ledger.base, config);
    for (const feed of shown) instruments.show(feed);
    const outcomes = new Outcomes(shown);
    const eventOutcomes = new Outcomes(shown.filter(holdsEvents), (feed) => instruments.show(feed));
    observeAgent(instruments, { verifier, sendgrid, ledger, outcomes, eventOutcomes });
    const unwatch = observeProcess(instruments, clock);
    const state: Parts['state'] = { stage: 'open' };
    const inFlight = new InFlight(twilio);
    const forward = twilio.forward.length > 0 ? openForward(twilio, clock, instruments) : undefined;
    const entrance = createDoors({
      config,
      effective,
      clock,
      events,
      verifier,
      sendgrid,
      counting,
      outcomes,
      eventOutcomes,
      inFlight,
      state,
      keeper,
      forward,
    });
    const agent = new Agent(config, { state, verifier, sendgrid, entrance, inFlight, counting, unwatch, forward });
    const { labeler } = counting;
    agent.#twilioApi = startTwilioApi(config, { instruments, log, clock, ledger, labeler, discovered });
    if (discovered) await agent.#twilioApi?.discovered();
    await agent.#open();
    return agent;
  }

  async #open(): Promise<void> {
    const { entrance, counting, unwatch } = this.#parts;
    const { doors } = entrance;
    try {
      await doors.open();
    } catch (error) {
      // Nobody was let in, so there is nothing to wait for.
      doors.closeAllConnections();
      entrance.stop();
      await this.#twilioApi?.stop();
      await Promise.all([counting.ledger.close(), counting.shutdown(0), doors.close()]).finally(unwatch);
      throw error;
    }
  }

  /** The port of the receiver, which the system chose where the configuration says 0. */
  get port(): number {
    return this.#parts.entrance.doors.firstPort;
  }

  /** The port of the scrape page, where it has one of its own. */
  get metricsPort(): number {
    return this.#parts.entrance.doors.lastPort;
  }

  /** Takes over what can change while it runs: no connection is closed, no request is refused by it. */
  reload(wanted: Config): Reload {
    const reload = planReload(this.#config, wanted);
    const certificates = this.#parts.entrance.renew(reload.config);
    this.#config = reload.config;
    const { twilio } = reload.config.receivers;
    this.#parts.verifier.renew(keysOf(twilio));
    this.#parts.sendgrid.renew(sendgridKeysOf(twilio));
    this.#twilioApi?.renew(reload.config);
    return { ...reload, taken: [...reload.taken, ...certificates] };
  }

  /** Stops once: not ready, then the delay, then the door, the requests inside, the ledger, the last push. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { state, entrance, inFlight, counting, unwatch, forward } = this.#parts;
    const { doors } = entrance;
    const { shutdown_delay, shutdown_timeout, forward: routes } = this.#config.receivers.twilio;
    // An answer that the application may still give is waited for.
    const patience = Math.max(shutdown_timeout, ...routes.map(({ timeout }) => timeout));
    state.stage = 'closing';
    const apiStopped = this.#twilioApi?.stop();
    if (shutdown_delay > 0) await sleep(shutdown_delay);
    const closed = doors.close();
    entrance.stop();
    state.stage = 'closed';
    await Promise.race([closed, drained(inFlight, patience)]);
    doors.closeAllConnections();
    forward?.close();
    await apiStopped;
    await counting.ledger.close();
    await counting.shutdown().finally(unwatch);
  }
}

/** Resolves when no callback is being worked on, or after the timeout. */
async function drained(inFlight: InFlight, timeoutMs: number): Promise<void> {
  for (let waited = 0; waited < timeoutMs; waited += 20) {
    await sleep(20);
    if (waited >= 100 && inFlight.requests === 0) return;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
