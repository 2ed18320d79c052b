import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../src/agent.ts';
import { createLogger } from '../../src/log.ts';
import { command } from '../command.ts';
import { load } from '../config/room.ts';
import { told } from '../told.ts';
import { account, FakeTwilio } from '../twilio-api/fake.ts';
import { accountResource } from '../twilio-api/resources/account.ts';
import { alerts } from '../twilio-api/resources/alerts.ts';
import { application, applications } from '../twilio-api/resources/applications.ts';
import { messagingService, messagingServices } from '../twilio-api/resources/messaging-services.ts';
import type { Item } from '../twilio-api/resources/paging.ts';
import { phoneNumber, phoneNumbers } from '../twilio-api/resources/phone-numbers.ts';
import { sink, sinks } from '../twilio-api/resources/sinks.ts';
import { sipDomain, sipDomains } from '../twilio-api/resources/sip-domains.ts';
import { subscribedEvents, subscription, subscriptions } from '../twilio-api/resources/subscriptions.ts';

export const SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const TOKEN = '3b1c9d2e4f5a60718293a4b5c6d7e8f9';

/** All that the agent has counters of its own for. */
export const TYPES: readonly string[] = [
  'com.twilio.messaging.message.sent',
  'com.twilio.messaging.message.delivered',
  'com.twilio.messaging.message.undelivered',
  'com.twilio.messaging.message.failed',
  'com.twilio.messaging.inbound-message.received',
  'com.twilio.voice.status-callback.call.initiated',
  'com.twilio.voice.status-callback.call.ringing',
  'com.twilio.voice.status-callback.call.answered',
  'com.twilio.voice.status-callback.call.completed',
  'com.twilio.error-logs.error.logged',
];

/** What is at Twilio: a case changes it before the doctor looks. */
export interface AtTwilio {
  state: { status: string };
  numbers: Item[];
  services: Item[];
  apps: Item[];
  domains: Item[];
  sinks: Item[];
  subscriptions: Item[];
  types: string[];
  alerts: Item[];
}

/** What the doctor says of one thing, beside `ok`. */
export type Told = readonly [check: string, level: 'warning' | 'problem', says: string];

export interface Report {
  readonly code: number | null;
  readonly stdout: string;
  readonly findings: readonly {
    readonly level: string;
    readonly check: string;
    readonly says: string;
    readonly fix?: string;
  }[];
  readonly not_checked: readonly { readonly check: string; readonly why: string }[];
}

/** What is told beside "ok", in a line each. */
export const beside = ({ findings }: Report): string[] =>
  findings.filter(({ level }) => level !== 'ok').map(({ check, level, says }) => `${check}: ${level}: ${says}`);

/** A sound installation: an agent that runs, its public URL, a backend that it pushes to, and Twilio's API. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  readonly env: Record<string, string>;
  readonly twilio: FakeTwilio;
  readonly port: number;
  readonly log: string[];
  /** What the backend answers. */
  readonly backend: { status: number };
  readonly #agent: Agent;
  readonly #backend: Server;

  private constructor(
    parts: Pick<World, 'env' | 'twilio' | 'port' | 'log' | 'backend'> & { agent: Agent; server: Server },
  ) {
    ({ env: this.env, twilio: this.twilio, port: this.port, log: this.log, backend: this.backend } = parts);
    this.#agent = parts.agent;
    this.#backend = parts.server;
  }

  static async start(): Promise<World> {
    const twilio = await FakeTwilio.start();
    const backend = { status: 200 };
    const server = createServer((req, res) => {
      req.resume().on('end', () => {
        res.statusCode = backend.status;
        res.end();
      });
    });
    const pushedTo = await listening(server);
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'doctor-ledger-'));
    const env = {
      TWILIO_ACCOUNT_SID: SID,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_API_URL: twilio.url,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      PORT: String(port),
      STORAGE_DIR: join(folder, 'data'),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${pushedTo}`,
      LOG_LEVEL: 'trace',
    };
    const config = load(env, [], [...SETS]);
    const log: string[] = [];
    const options = { ...config.service.telemetry.logs, encoding: 'json', terminal: false } as const;
    const logger = createLogger(options, { write: (line) => void log.push(told(line)) });
    const agent = await Agent.start({ config, log: logger });
    const world = new World({ env, twilio, port, log, backend, agent, server });
    world.reset();
    return world;
  }

  /** Where callbacks of that kind belong. */
  url(feed: string, fragment = '#rc=3&rp=all'): string {
    return `${this.env['PUBLIC_URL']}/webhooks/${feed}${fragment}`;
  }

  sound(): AtTwilio {
    const [call, message] = [this.url('call'), this.url('message')];
    return {
      state: { status: 'active' },
      numbers: [1, 2, 3].map((n) => phoneNumber(n, { status_callback: call })),
      services: [1, 2].map((n) => messagingService(n, { status_callback: message })),
      apps: [1, 2].map((n) => application(n, { status_callback: call, message_status_callback: message })),
      domains: [sipDomain(1, { voice_status_callback_url: call })],
      sinks: [],
      subscriptions: [],
      types: [...TYPES],
      alerts: [],
    };
  }

  /** The account as it should be, changed by what one case says. */
  reset(change: (at: AtTwilio, world: World) => void = () => {}): void {
    const at = this.sound();
    change(at, this);
    const { twilio } = this;
    twilio.heal();
    twilio.aheadMs = 0;
    this.backend.status = 200;
    twilio.accounts.clear();
    twilio.accounts.set(SID, account({ credentials: { [SID]: TOKEN, [KEY]: SECRET } }));
    twilio.resources.splice(
      0,
      twilio.resources.length,
      accountResource(at.state),
      phoneNumbers(at.numbers),
      messagingServices(at.services),
      applications(at.apps),
      sipDomains(at.domains),
      sinks(at.sinks),
      subscriptions(at.subscriptions),
      subscribedEvents(at.types),
      alerts(at.alerts),
    );
  }

  /** A sink that leads to the agent, with its subscription. */
  streams(at: AtTwilio, over: Item = {}): void {
    at.sinks.push(sink(1, this.url('events', ''), over));
    at.subscriptions.push(subscription(1, 1));
  }

  async doctor(env: Record<string, string> = {}, sets: readonly string[] = []): Promise<Report> {
    const given = [...SETS, ...sets].flatMap((set) => ['--set', set]);
    const { code, stdout } = await command(['doctor', '--json', ...given], { ...this.env, ...env });
    return { code, stdout: told(stdout), ...JSON.parse(stdout) };
  }

  text(env: Record<string, string> = {}, sets: readonly string[] = []) {
    return command(['doctor', ...[...SETS, ...sets].flatMap((set) => ['--set', set])], { ...this.env, ...env });
  }

  async metrics(): Promise<string> {
    return told(await (await fetch(`http://127.0.0.1:${this.port}/metrics`, { headers: SCRAPE })).text());
  }

  async stop(): Promise<void> {
    await this.#agent.stop();
    await this.twilio.stop();
    this.#backend.closeAllConnections();
    this.#backend.close();
    rmSync(this.folder, { recursive: true });
    rmSync(join(this.env['STORAGE_DIR']!, '..'), { recursive: true });
  }
}

export const KEY = `SK${'1'.repeat(32)}`;
export const SECRET = 'a-secret-of-a-key-that-nobody-reads';
const PASSWORD = 'only-for-the-scrape';
const SCRAPE = { Authorization: `Bearer ${PASSWORD}` };
const SETS = [
  `exporters.prometheus.bearer_token=${PASSWORD}`,
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
];

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
