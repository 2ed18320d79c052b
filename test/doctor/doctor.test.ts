import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command } from '../command.ts';
import { openBench } from '../ledger/disk/damage/kinds.ts';
import { alert } from '../twilio-api/resources/alerts.ts';
import { application } from '../twilio-api/resources/applications.ts';
import { messagingService } from '../twilio-api/resources/messaging-services.ts';
import { phoneNumber } from '../twilio-api/resources/phone-numbers.ts';
import { type AtTwilio, beside, freePort, KEY, SECRET, SID, TOKEN, type Told, World } from './world.ts';

const OTHER = 'ffffffffffffffffffffffffffffffff';

const ROUTES =
  'receivers.twilio.forward=[{path: /app/status, to: "http://127.0.0.1:9", family: call}, {path: "/app/*", to: "http://127.0.0.1:9"}]';

interface Case {
  /** What a person would say of it. */
  readonly name: string;
  readonly at?: (at: AtTwilio, world: World) => void;
  /** After the account was made sound. */
  readonly breaks?: (world: World) => void;
  readonly env?: (world: World) => Record<string, string>;
  readonly sets?: readonly string[];
  readonly finds: readonly Told[];
}

const CASES: readonly Case[] = [
  { name: 'nothing is wrong', finds: [] },
  { name: 'nothing is wrong, with Event Streams beside the callbacks', at: (at, w) => w.streams(at), finds: [] },
  {
    name: 'nothing is wrong where Event Streams tells of the messages, and no service has a status callback',
    at: (at, w) => {
      w.streams(at);
      at.services = [messagingService(1)];
    },
    finds: [],
  },
  {
    name: 'nothing is wrong with an API key',
    env: () => ({ TWILIO_API_KEY: KEY, TWILIO_API_SECRET: SECRET }),
    finds: [],
  },
  {
    name: 'nothing is wrong in an account that has nothing',
    at: (at) => void ([at.numbers, at.services, at.apps, at.domains] = [[], [], [], []]),
    finds: [],
  },
  // The configuration.
  {
    name: 'no PUBLIC_URL',
    env: () => ({ PUBLIC_URL: '' }),
    finds: [['configuration', 'warning', 'PUBLIC_URL is not set']],
  },
  {
    name: 'no way out for the metrics',
    env: () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_METRICS_EXPORTER: 'none' }),
    finds: [['configuration', 'problem', 'no metric leaves']],
  },
  // The machine.
  {
    name: 'a clock that is ten minutes behind',
    breaks: (w) => void (w.twilio.aheadMs = 600_000),
    finds: [['clock', 'problem', "600 s behind Twilio's"]],
  },
  {
    name: 'a clock that is twenty seconds ahead',
    breaks: (w) => void (w.twilio.aheadMs = -20_000),
    finds: [['clock', 'warning', "20 s ahead of Twilio's"]],
  },
  {
    name: 'a ledger in memory',
    sets: ['receivers.twilio.storage=memory'],
    finds: [['ledger', 'warning', 'in memory']],
  },
  {
    name: 'a damaged ledger',
    env: (w) => {
      const folder = join(w.folder, 'damaged');
      mkdirSync(folder);
      writeFileSync(join(folder, 'DAMAGED'), 'block checksum mismatch\n');
      writeFileSync(join(folder, '000003.log'), '');
      return { STORAGE_DIR: folder };
    },
    finds: [['ledger', 'problem', 'it was found damaged']],
  },
  {
    name: 'a ledger without its file CURRENT',
    env: (w) => {
      const folder = join(w.folder, 'headless');
      mkdirSync(folder);
      writeFileSync(join(folder, '000003.log'), '');
      return { STORAGE_DIR: folder };
    },
    finds: [['ledger', 'problem', 'it cannot be used']],
  },
  {
    name: 'a folder for the ledger that is a file',
    env: (w) => {
      writeFileSync(join(w.folder, 'file'), '');
      return { STORAGE_DIR: join(w.folder, 'file', 'data') };
    },
    finds: [['ledger', 'problem', 'its folder cannot be used']],
  },
  {
    name: 'a public URL where nobody listens, with nothing at Twilio that names it',
    at: (at) => void ([at.numbers, at.services, at.apps, at.domains] = [[], [], [], []]),
    env: () => ({ PUBLIC_URL: 'http://127.0.0.1:9' }),
    finds: [
      ['public URL', 'problem', 'http://127.0.0.1:9: a request from this machine does not get through: ECONNREFUSED'],
    ],
  },
  {
    name: 'a path in PUBLIC_URL that no proxy takes away, with nothing at Twilio that names it',
    at: (at) => void ([at.numbers, at.services, at.apps, at.domains] = [[], [], [], []]),
    env: (w) => ({ PUBLIC_URL: `${w.env['PUBLIC_URL']}/twilio` }),
    finds: [['public URL', 'problem', 'http://127.0.0.1:PORT/twilio: prefix: the agent is reached, but at a path']],
  },
  {
    name: 'an agent that runs with another PUBLIC_URL than the one that Twilio calls',
    at: (at) => void ([at.numbers, at.services, at.apps, at.domains] = [[], [], [], []]),
    env: (w) => ({ PUBLIC_URL: `http://localhost:${w.port}` }),
    finds: [
      ['public URL', 'problem', 'http://localhost:PORT: host: the running agent takes it for http://127.0.0.1:PORT'],
    ],
  },
  // The way out.
  {
    name: 'a backend that asks for a key',
    breaks: (w) => void (w.backend.status = 401),
    finds: [['exporters', 'problem', 'otlp: rejected: 401']],
  },
  {
    name: 'a backend that is not there',
    env: () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }),
    finds: [['exporters', 'problem', 'otlp: unavailable: connect ECONNREFUSED']],
  },
  {
    name: 'one of two backends that is not there',
    sets: [
      'exporters.otlp/b.endpoint=http://127.0.0.1:9',
      'service.pipelines.metrics.exporters=[prometheus, otlp, otlp/b]',
    ],
    finds: [['exporters', 'problem', 'otlp/b: unavailable: connect ECONNREFUSED']],
  },
  // The credentials.
  {
    name: 'no credentials for the API',
    sets: ['receivers.twilio_api.accounts=[{}]', 'receivers.twilio.account_sid='],
    finds: [['credentials', 'warning', 'there are none']],
  },
  {
    name: 'an API key that was revoked',
    env: () => ({ TWILIO_API_KEY: KEY, TWILIO_API_SECRET: 'another-secret-than-that-of-the-key' }),
    finds: [['credentials', 'problem', "the API key gets no answer from Twilio's API: credentials (401, 20003)"]],
  },
  {
    name: 'an API that cannot be reached',
    env: () => ({ TWILIO_API_URL: 'http://127.0.0.1:9' }),
    finds: [['credentials', 'problem', "the auth token gets no answer from Twilio's API: unreachable (ECONNREFUSED)"]],
  },
  {
    name: 'a restricted key that may not read the alerts',
    env: () => ({ TWILIO_API_KEY: KEY, TWILIO_API_SECRET: SECRET }),
    breaks: (w) => void (w.twilio.accounts.get(SID)!.forbidden = /Alerts/),
    finds: [['credentials', 'warning', 'the API key is taken, but may not read: alerts']],
  },
  {
    name: 'an account that is suspended',
    at: (at) => void (at.state.status = 'suspended'),
    finds: [['credentials', 'problem', 'the account of the auth token is suspended']],
  },
  {
    name: "a subaccount's token that is none of it",
    sets: [`receivers.twilio.accounts=[{account_sid: AC${'9'.repeat(32)}, auth_tokens: [${OTHER}]}]`],
    finds: [['tokens', 'problem', 'receivers.twilio.accounts.0.auth_tokens.0 is no token of its account']],
  },
  {
    name: 'a second token that is none of the account any more',
    env: () => ({ TWILIO_AUTH_TOKEN_SECONDARY: OTHER }),
    finds: [['tokens', 'warning', 'receivers.twilio.auth_token_secondary is no token of its account any more']],
  },
  // Where the callbacks lead.
  {
    name: 'a number without a status callback',
    at: (at) => void (at.numbers[1]!['status_callback'] = ''),
    finds: [['phone numbers', 'warning', '1 of 3 have no status callback']],
  },
  {
    name: 'two numbers that report to the application',
    at: (at) => at.numbers.slice(1).forEach((n) => void (n['status_callback'] = 'https://app.example.com/calls')),
    finds: [['phone numbers', 'warning', '2 of 3 report elsewhere']],
  },
  {
    name: 'a number with the agent in a fallback field',
    at: (at, w) => void (at.numbers[0]!['voice_fallback_url'] = w.url('call')),
    finds: [['phone numbers', 'problem', '1 of 3 have the agent in a field that asks what to do']],
  },
  {
    name: 'a number with the agent where a call comes in',
    at: (at, w) => void (at.numbers[0]!['voice_url'] = w.url('call', '')),
    finds: [['phone numbers', 'problem', '1 of 3 have the agent in a field that asks what to do']],
  },
  {
    name: 'a number that goes through a route of forward that counts calls is as it should be',
    at: (at, w) => void (at.numbers[0]!['status_callback'] = `${w.env['PUBLIC_URL']}/app/status#rc=3`),
    sets: [ROUTES],
    finds: [],
  },
  {
    name: 'a number that goes through a route of forward that counts nothing',
    at: (at, w) => void (at.numbers[0]!['status_callback'] = `${w.env['PUBLIC_URL']}/app/other#rc=3`),
    sets: [ROUTES],
    finds: [['phone numbers', 'warning', '1 of 3 pass through the agent and are not counted']],
  },
  {
    name: 'a number that asks for no retries',
    at: (at, w) => void (at.numbers[2]!['status_callback'] = w.url('call', '')),
    finds: [['phone numbers', 'warning', '1 of 3 ask for no retries']],
  },
  {
    name: 'a number that sends calls to the path of messages',
    at: (at, w) => void (at.numbers[2]!['status_callback'] = w.url('message')),
    finds: [['phone numbers', 'problem', "1 of 3 send to another kind's path"]],
  },
  {
    name: 'a number whose path has a letter too many',
    at: (at, w) => void (at.numbers[2]!['status_callback'] = w.url('calls')),
    finds: [['phone numbers', 'problem', '1 of 3 name a path of the agent that it does not serve']],
  },
  {
    name: 'a number that names https where PUBLIC_URL is http',
    at: (at, w) => void (at.numbers[2]!['status_callback'] = w.url('call').replace('http:', 'https:')),
    finds: [['phone numbers', 'problem', '1 of 3 name another scheme']],
  },
  {
    name: 'a number of a trunk, one of an App and one without voice, all without a status callback, are as they should be',
    at: (at) =>
      at.numbers.push(
        phoneNumber(4, { trunk_sid: `TK${'1'.repeat(32)}` }),
        phoneNumber(5, { voice_application_sid: `AP${'1'.repeat(32)}` }),
        phoneNumber(6, { capabilities: { voice: false, sms: true } }),
      ),
    finds: [],
  },
  {
    name: 'the last of 1,500 numbers, on the second page, reports elsewhere',
    at: (at, w) => {
      at.numbers = Array.from({ length: 1_500 }, (_, i) => phoneNumber(i + 1, { status_callback: w.url('call') }));
      at.numbers[1_499]!['status_callback'] = 'https://app.example.com/calls';
    },
    finds: [['phone numbers', 'warning', '1 of 1500 report elsewhere']],
  },
  {
    name: 'of more numbers than are looked at, that these are the first ones is said',
    at: (at) => {
      at.numbers = Array.from({ length: 20_001 }, (_, i) => phoneNumber(i + 1));
    },
    finds: [['phone numbers', 'warning', 'of the first ones, 20000 of 20000 have no status callback']],
  },
  {
    name: 'a Messaging Service without a status callback',
    at: (at) => void (at.services[0]!['status_callback'] = null),
    finds: [['Messaging Services', 'warning', '1 of 2 have no status callback']],
  },
  {
    name: 'a Messaging Service with the agent as its fallback URL',
    at: (at, w) => void (at.services[0]!['fallback_url'] = w.url('message')),
    finds: [['Messaging Services', 'problem', '1 of 2 have the agent in a field that asks what to do']],
  },
  {
    name: 'a TwiML App that sends message statuses to the path of calls',
    at: (at, w) => void (at.apps[0]!['message_status_callback'] = w.url('call')),
    finds: [['TwiML Apps', 'problem', "1 of 2 send to another kind's path"]],
  },
  {
    name: 'a TwiML App that reports elsewhere',
    at: (at) => void at.apps.push(application(3, { status_callback: 'https://app.example.com/calls' })),
    finds: [['TwiML Apps', 'warning', '1 of 3 report elsewhere']],
  },
  {
    name: 'a SIP domain without a status callback',
    at: (at) => void (at.domains[0]!['voice_status_callback_url'] = null),
    finds: [['SIP domains', 'warning', '1 of 1 have no status callback']],
  },
  // Event Streams.
  {
    name: 'a sink that has failed',
    at: (at, w) => w.streams(at, { status: 'failed' }),
    finds: [['Event Streams', 'problem', 'a sink has failed']],
  },
  {
    name: 'a sink that nobody validated',
    at: (at, w) => w.streams(at, { status: 'initialized' }),
    finds: [['Event Streams', 'problem', 'a sink is not validated yet']],
  },
  {
    name: 'a sink that leads to the path of messages',
    at: (at, w) => w.streams(at, { sink_configuration: { destination: w.url('message', ''), method: 'POST' } }),
    finds: [['Event Streams', 'problem', 'a sink leads to the agent, but not to where it takes events']],
  },
  {
    name: 'a sink that uses GET',
    at: (at, w) => w.streams(at, { sink_configuration: { destination: w.url('events', ''), method: 'GET' } }),
    finds: [['Event Streams', 'problem', 'a sink does not use POST']],
  },
  {
    name: 'a sink without a subscription',
    at: (at, w) => {
      w.streams(at);
      at.subscriptions = [];
    },
    finds: [['Event Streams', 'problem', 'no subscription leads to the sink']],
  },
  {
    name: 'a subscription without failed messages',
    at: (at, w) => {
      w.streams(at);
      at.types = at.types.filter((type) => !type.endsWith('message.failed'));
    },
    finds: [['Event Streams', 'warning', 'types that are counted and not subscribed to: messaging.message.failed']],
  },
  // Twilio's own alerts.
  {
    name: 'Twilio could not connect three times',
    at: (at, w) => at.alerts.push(...[1, 2, 3].map((n) => alert(n, 11_205, w.url('message', '')))),
    finds: [['alerts', 'problem', "Twilio raised 11205 about the agent's URLs, 3 times in the last day"]],
  },
  {
    name: 'a status callback of a call was answered badly',
    at: (at, w) => void at.alerts.push(alert(1, 15_003, w.url('call', '?x=1'))),
    finds: [['alerts', 'problem', "Twilio raised 15003 about the agent's URLs, 1 time in the last day"]],
  },
  {
    name: "alerts of the application's URLs, of other codes, and of last week are nobody's business here",
    at: (at, w) =>
      at.alerts.push(
        alert(1, 11_200, 'https://app.example.com/voice'),
        alert(2, 30_007, w.url('message', '')),
        alert(3, 11_200, w.url('message', ''), { date_created: '2020-01-01T00:00:00Z' }),
      ),
    finds: [],
  },
];

describe('doctor: each misconfiguration planted alone', function () {
  this.timeout(20_000);
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world.stop());

  for (const { name, at, breaks, env, sets, finds } of CASES) {
    it(`${name}: ${finds.length === 0 ? 'finds nothing' : 'finds that and nothing else'}`, async () => {
      world.reset(at);
      breaks?.(world);
      const report = await world.doctor(env?.(world), sets);
      const found = beside(report);
      expect(found).to.have.length(finds.length, found.join('\n'));
      for (const [i, [check, level, says]] of finds.entries()) {
        const start = `${check}: ${level}: ${says.replaceAll('PORT', String(world.port))}`;
        expect(found[i]!.startsWith(start), found[i]).to.equal(true);
      }
      expect(report.code).to.equal(finds.some(([, level]) => level === 'problem') ? 1 : 0);
      // Whatever is wrong can be mended, and nothing private is told.
      for (const { level, fix } of report.findings) if (level !== 'ok') expect(fix).to.match(/\w/);
      expect(report.stdout).to.not.match(/[A-Z]{2}[0-9a-f]{32}|\+?\d{10}/);
      for (const secret of [TOKEN, SECRET, OTHER]) expect(report.stdout).to.not.include(secret);
    });
  }

  it('another process on the port: finds that', async () => {
    world.reset();
    const port = await freePort();
    const taken: Server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(port, '0.0.0.0', resolve));
    const report = await world.doctor({ PORT: String(port) });
    taken.close();
    expect(beside(report)).to.deep.equal([`ports: problem: callbacks at port ${port}: another process has it`]);
  });

  it('asks nothing of Twilio but to read, and leaves the ledger of the running agent alone', async () => {
    world.reset();
    world.twilio.seen.length = 0;
    const report = await world.doctor();
    expect(world.twilio.seen.length).to.be.greaterThan(10);
    const ledger = report.findings.find(({ check }) => check === 'ledger');
    expect(ledger?.says).to.match(/^in use by a running agent/);
  });

  it('its probe is verified by the agent, and moves no counter of what Twilio told', async () => {
    world.reset();
    const counters = async () => (await world.metrics()).split('\n').filter((line) => /^twilio_(?!agent_)/.test(line));
    const ignored = /^twilio_agent_callbacks_total\{family="message",outcome="ignored"\} (\d+)$/m;
    const [before, ignoredBefore] = [await counters(), Number(ignored.exec(await world.metrics())?.[1])];
    const report = await world.doctor();
    expect(report.findings.find(({ check }) => check === 'public URL')?.says).to.match(
      /arrives whole: path, query and body$/,
    );
    expect(await counters()).to.deep.equal(before);
    expect(before.length).to.be.greaterThan(20);
    expect(Number(ignored.exec(await world.metrics())?.[1])).to.equal(ignoredBefore + 1);
  });

  it('a configuration that cannot be used: 78, and every error of it', async () => {
    const { code, findings } = await world.doctor({ PORT: 'x', LOG_LEVEL: 'loud' });
    expect(code).to.equal(78);
    expect(findings.map(({ level, check }) => [level, check])).to.deep.equal([
      ['problem', 'configuration'],
      ['problem', 'configuration'],
    ]);
  });

  it('says it in lines, the worst last, and then what to do first', async () => {
    world.reset((at, w) => {
      at.numbers[0]!['voice_fallback_url'] = w.url('call');
      at.numbers[1]!['friendly_name'] = 'Support line';
      at.numbers[1]!['status_callback'] = '';
      at.services[0]!['status_callback'] = null;
    });
    const { code, stdout } = await world.text();
    const lines = stdout.trimEnd().split('\n');
    const levels = lines.flatMap((line) => /^(ok|warning|problem) /.exec(line)?.[1] ?? []);
    expect(levels.slice(-3)).to.deep.equal(['warning', 'warning', 'problem']);
    expect(stdout).to.include('have no status callback, so nothing of them is counted ["Support line"]');
    expect(stdout).to.include('[1st in the list in VoiceFallbackUrl]');
    expect(lines.at(-1)).to.match(/^1 problem, 2 warnings\. First, phone numbers: give that field back/);
    expect(code).to.equal(1);
  });
});

describe('doctor: the ledger of a stopped agent', () => {
  it('is opened, and left as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-stopped-'));
    const bench = await openBench(join(folder, 'data'));
    await bench.apply('one');
    await bench.ledger.close();
    const env = { TWILIO_AUTH_TOKEN: TOKEN, STORAGE_DIR: join(folder, 'data'), PORT: String(await freePort()) };
    const before = await command(['ledger', 'stats'], env);
    const { stdout } = await command(['doctor'], env);
    expect(stdout).to.match(/^ok +ledger +sound when opened, 1 entries/m);
    const after = await command(['ledger', 'stats'], env);
    rmSync(folder, { recursive: true });
    const facts = (text: string) => text.replace(/^bytes: .*$/m, '');
    expect([after.code, facts(after.stdout)]).to.deep.equal([0, facts(before.stdout)]);
  });
});
