import { createHash } from 'node:crypto';
import { Agent } from '../src/agent.ts';
import { createLogger } from '../src/log.ts';
import type { Keeper } from '../src/receive/room.ts';
import { load } from './config/room.ts';
import { ManualClock } from './manual-clock.ts';
import { signature } from './parameters.ts';
import { told } from './told.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const PUBLIC_URL = 'https://otel.example.com/twilio';

/** A signed agent in this process, with its ledger in memory, a clock that stands still, and its log in a list. */
export class RunningAgent {
  readonly clock: ManualClock;
  readonly log: string[];
  readonly #agent: Agent;
  readonly #port: number;
  readonly #signs: boolean;

  private constructor(agent: Agent, clock: ManualClock, log: string[], signs: boolean) {
    this.#agent = agent;
    this.#port = agent.port;
    this.clock = clock;
    this.log = log;
    this.#signs = signs;
  }

  static async start(
    env: Record<string, string> = {},
    sets: readonly string[] = [],
    { clock = new ManualClock(), keeper }: { clock?: ManualClock; keeper?: Keeper } = {},
  ): Promise<RunningAgent> {
    const log: string[] = [];
    const config = load(
      { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL, LOG_LEVEL: 'trace', ...env },
      [],
      ['receivers.twilio.storage=memory', 'receivers.twilio.endpoint=127.0.0.1:0', ...sets],
    );
    const logger = createLogger(
      { ...config.service.telemetry.logs, encoding: 'json', terminal: false },
      { write: (line) => void log.push(told(line)) },
    );
    const agent = await Agent.start({ config, log: logger, clock, ...(keeper ? { keeper } : {}) });
    return new RunningAgent(agent, clock, log, config.receivers.twilio.auth_token !== '');
  }

  async get(path: string): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    return told(await answer.text());
  }

  /**
   * Posts a form to a family, signed for its public URL where the agent has a token; resolves with status and body.
   * Headers go before our own.
   */
  async post(family: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const answer = await this.send(family, body, headers);
    return told(`${answer.status} ${(await answer.text()).trim()}`.trim());
  }

  /** The same, with a query that is signed too; resolves with the answer itself. */
  send(family: string, body: string, headers: Readonly<Record<string, string>> = {}, query = ''): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}/webhooks/${family}${query}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        ...(this.#signs ? { 'x-twilio-signature': signed(family + query, body) } : {}),
        ...headers,
      },
      body,
    });
  }

  /** Posts a batch of events, signed with its hash; the same otherwise. */
  async postJson(feed: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = `/webhooks/${feed}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-twilio-signature': signature(TOKEN, PUBLIC_URL + path, []),
        ...headers,
      },
      body,
    });
    return told(`${answer.status} ${(await answer.text()).trim()}`.trim());
  }

  stop(): Promise<void> {
    return this.#agent.stop();
  }
}

/** What Twilio signs of a form to a family's public URL. */
export const signed = (family: string, body: string): string =>
  signature(TOKEN, `${PUBLIC_URL}/webhooks/${family}`, [...new URLSearchParams(body)]);
