import { Agent } from '../../src/agent.ts';
import { createLogger } from '../../src/log.ts';
import type { Keeper } from '../../src/receive/room.ts';
import type { Difference } from '../../src/simulator/page.ts';
import { signingOf } from '../../src/simulator/places.ts';
import type { Question } from '../../src/simulator/plan.ts';
import type { Pace } from '../../src/simulator/run.ts';
import type { Tally } from '../../src/simulator/send.ts';
import { check, fetchPage, prepareRun, type Run, sendRun } from '../../src/simulator/simulate.ts';
import { load } from '../config/room.ts';
import { ManualClock } from '../manual-clock.ts';
import { told } from '../told.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';

/** What both the agent and the simulator read. */
export const ENV = { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL: 'https://otel.example.com/twilio' };

interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly sets?: readonly string[];
  readonly clock?: ManualClock;
  readonly keeper?: Keeper;
}

/** An agent behind real sockets, whose time goes on as fast as the traffic of a run can be played. */
export class Rehearsal {
  readonly url: string;
  readonly clock: ManualClock;
  readonly env: Readonly<Record<string, string>>;
  readonly #agent: Agent;
  readonly #config: ReturnType<typeof load>;

  private constructor(agent: Agent, clock: ManualClock, config: ReturnType<typeof load>, env: Rehearsal['env']) {
    this.env = env;
    this.url = `http://127.0.0.1:${agent.port}`;
    this.#agent = agent;
    this.clock = clock;
    this.#config = config;
  }

  static async start({ env = {}, sets = [], clock = new ManualClock(), keeper }: Start = {}): Promise<Rehearsal> {
    const config = load(
      { ...ENV, ...env },
      [],
      ['receivers.twilio.storage=memory', 'receivers.twilio.endpoint=127.0.0.1:0', ...sets],
    );
    const log = createLogger(
      { ...config.service.telemetry.logs, encoding: 'json', terminal: false },
      { write: (line) => void told(line) },
    );
    return new Rehearsal(await Agent.start({ config, log, clock, ...(keeper ? { keeper } : {}) }), clock, config, {
      ...ENV,
      ...env,
    });
  }

  /** The agent's page, as text. */
  async page(): Promise<string> {
    return told(await (await fetch(`${this.url}/metrics`)).text());
  }

  prepare(question: Omit<Question, 'run'>): Run {
    return prepareRun({ ...question, run: String(this.clock.nowMs()) }, signingOf(this.#config.receivers.twilio)!);
  }

  /** Plays a run, and says where the page did not grow by what was sent. `everyMs` the page is looked at. */
  async play(run: Run, { everyMs = 0, look }: Looking = {}): Promise<{ tally: Tally; differences: Difference[] }> {
    const before = await fetchPage(this.#config, this.url);
    const startMs = Math.floor(this.clock.nowMs() / 1_000) * 1_000;
    const tally = await sendRun(run, {
      config: this.#config,
      signing: signingOf(this.#config.receivers.twilio)!,
      target: this.url,
      pace: this.#pace(startMs, everyMs, look),
      startMs,
    });
    return { tally, differences: check(run, before, await fetchPage(this.#config, this.url)) };
  }

  /** Moves the clock a second at a time, once all that was sent before was answered. */
  #pace(startMs: number, everyMs: number, look: Looking['look']): Pace {
    let lookedMs = -1;
    return {
      until: async (ms, settled) => {
        for (let nowMs = this.clock.nowMs() - startMs; nowMs < ms; nowMs = this.clock.nowMs() - startMs) {
          await settled();
          if (look && Math.floor(nowMs / everyMs) !== lookedMs) {
            lookedMs = Math.floor(nowMs / everyMs);
            await look(nowMs);
          }
          this.clock.advance(1_000 - (this.clock.nowMs() % 1_000));
        }
      },
    };
  }

  stop(): Promise<void> {
    return this.#agent.stop();
  }
}

export interface Looking {
  readonly everyMs?: number;
  readonly look?: (ms: number) => Promise<void>;
}
