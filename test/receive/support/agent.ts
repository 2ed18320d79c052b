import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Agent } from '../../../src/agent.ts';
import type { Clock } from '../../../src/clock.ts';
import { loadConfig, setLayer } from '../../../src/config/load.ts';
import { createLogger } from '../../../src/log.ts';
import { ManualClock } from '../../manual-clock.ts';
import { told } from '../../told.ts';
import { exchange } from './socket.ts';
import { message, PUBLIC_URL, request, signed, TOKEN } from './wire.ts';

const DEFAULTS = {
  'receivers.twilio.endpoint': '127.0.0.1:0',
  'receivers.twilio.storage': 'memory',
  'receivers.twilio.public_urls': PUBLIC_URL,
  'receivers.twilio.auth_token': TOKEN,
  'receivers.twilio.connections_check_interval': '50ms',
  'service.extensions': '[health_check, memory]',
  'service.pipelines.metrics.exporters': '[prometheus]',
};

/** The lines of the page that count callbacks, and connections that brought none. */
const COUNTED = /^twilio_(?:agent_(?:callbacks|events|transport_errors)_total|(?!agent_)\w+_total)/;

/** How often what was counted: `message/accepted`, `transport/bad_request`, `events:accepted` for an event of a batch ... and Twilio's own counters by series. */
export interface Counts {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly twilio: Readonly<Record<string, number>>;
}

/** An agent in this process, on a port of its own, with everything it wrote. */
export class TestAgent {
  readonly agent: Agent;
  readonly log: string[];
  readonly clock: ManualClock;

  private constructor(agent: Agent, log: string[], clock: ManualClock) {
    this.agent = agent;
    this.log = log;
    this.clock = clock;
  }

  /** Starts with a memory ledger, signed, with short intervals; `settings` are laid over that by their paths. */
  static async start(settings: Readonly<Record<string, string>> = {}, encoding: 'json' | 'console' = 'json') {
    const layers = Object.entries({ ...DEFAULTS, ...settings }).map(([key, value]) => setLayer(`${key}=${value}`));
    const { config, problems } = loadConfig(layers, {});
    if (!config) throw new Error(JSON.stringify(problems));
    const lines: string[] = [];
    const destination = new Writable({
      write(line, _encoding, done) {
        lines.push(told(String(line)));
        done();
      },
    });
    const log = createLogger({ level: 'trace', encoding, terminal: false }, destination);
    const clock = new ManualClock();
    return new TestAgent(await Agent.start({ config, log, clock: clock as Clock }), lines, clock);
  }

  get port(): number {
    return this.agent.port;
  }

  async page(): Promise<string> {
    const get = request({ method: 'GET', target: '/metrics' });
    const { status, body } = await exchange(this.agent.metricsPort, get);
    if (status !== 200) throw new Error(`/metrics answers ${status}`);
    return Buffer.from(body, 'latin1').toString();
  }

  async counts(): Promise<Counts> {
    const outcomes: Record<string, number> = {};
    const twilio: Record<string, number> = {};
    for (const line of (await this.page()).split('\n')) {
      if (!COUNTED.test(line) || line.endsWith(' 0')) continue;
      const space = line.lastIndexOf(' ');
      const series = line.slice(0, space);
      const value = Number(line.slice(space + 1));
      const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(series)?.[1];
      if (series.startsWith('twilio_agent_callbacks_total')) outcomes[`${label('family')}/${label('outcome')}`] = value;
      else if (series.startsWith('twilio_agent_events_total')) outcomes[`${label('feed')}:${label('outcome')}`] = value;
      else if (series.startsWith('twilio_agent_transport_errors_total'))
        outcomes[`transport/${label('reason')}`] = value;
      else twilio[series] = value;
    }
    return { outcomes, twilio };
  }

  /** What was counted since `before`, once it is `count` outcomes in all, and what stands there `now`. */
  async since(before: Counts, count: number, timeoutMs = 3_000): Promise<Counts & { readonly now: Counts }> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const now = await this.counts();
      const outcomes = difference(now.outcomes, before.outcomes);
      const sum = total(outcomes);
      if (sum >= count || performance.now() > deadline) {
        return { outcomes, twilio: difference(now.twilio, before.twilio), now };
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends a good callback on a new connection and insists on its 204. */
  async good(): Promise<void> {
    const answer = await exchange(this.port, signed(message('read')));
    expect(answer.status, `a good request afterwards: ${answer.received}`).to.equal(204);
  }

  async stop(): Promise<void> {
    await this.agent.stop();
  }
}

function difference(now: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>) {
  const entries = Object.entries(now).map(([key, value]) => [key, value - (before[key] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== 0));
}

export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, value) => sum + value, 0);
