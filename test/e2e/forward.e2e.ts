import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { samples } from '../samples.ts';
import { type Application, type Framework, startApplication } from './support/apps.ts';
import { Authority, type Certificate } from './support/certificates.ts';
import { type AgentProcess, AUTH_TOKEN, startAgent } from './support/servers.ts';

const HOST = 'hooks.example.com';
/** As if it came today: what is older than the ledger remembers is not counted. */
const today = (body: string): string =>
  body.replace(
    /(^|&)Timestamp=[^&]*/,
    `$1Timestamp=${encodeURIComponent(new Date().toUTCString().replace('GMT', '+0000'))}`,
  );

const SAMPLES = [
  ...samples('message/status.json').map((sample) => ({ ...sample, family: 'message' })),
  ...samples('call/status.json').map((sample) => ({ ...sample, family: 'call' })),
];

interface Sent {
  readonly status: number;
  readonly type: string | undefined;
}

/** Posts as Twilio does to its public URL, which reaches the agent; signed by Twilio's own library. */
function post(port: number, target: string, body: string, token = AUTH_TOKEN): Promise<Sent> {
  const url = `https://${HOST}${target}`;
  const headers = {
    Host: HOST,
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'I-Twilio-Idempotency-Token': 'c6b5a2c1-9d4e-4a3c-8a8b-0e6b5f1d2a3b',
    'X-Twilio-Signature': getExpectedTwilioSignature(token, url, Object.fromEntries(new URLSearchParams(body))),
    Accept: '*/*',
    'User-Agent': 'TwilioProxy/1.1',
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: target, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode!, type: answer.headers['content-type'] }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

for (const framework of ['Express', 'Flask'] as const satisfies readonly Framework[]) {
  describe(`an application of ${framework} that checks Twilio's signature itself, behind the agent`, function () {
    // Its packages are installed the first time.
    this.timeout(180_000);
    let app: Application;
    let agent: AgentProcess;
    before(async () => {
      app = await startApplication(framework);
      const to = `http://127.0.0.1:${app.port}`;
      const forward = [
        { path: '/twilio/message', to, family: 'message' },
        { path: '/twilio/call', to, family: 'call' },
        { path: '/twilio/*', to },
      ];
      agent = await startAgent({
        env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL: `https://${HOST}` },
        args: ['--set', `receivers.twilio.forward=${JSON.stringify(forward)}`],
      });
    });
    after(async () => {
      await agent?.stop();
      await app?.stop('SIGKILL');
    });

    for (const { name, body, family } of SAMPLES) {
      it(`takes ${name}, and the agent has its outcome`, async () => {
        const outcomes = async () => {
          const each = ['accepted', 'duplicate'].map((outcome) =>
            agent.value('twilio_agent_callbacks_total', { family, outcome }),
          );
          return (await Promise.all(each)).reduce<number>((sum, value) => sum + (value ?? 0), 0);
        };
        const before = await outcomes();
        const { status, type } = await post(agent.port, `/twilio/${family}?account=7&x=`, today(body));
        expect(status).to.equal(200);
        expect(type).to.match(/^text\/xml/);
        expect(await outcomes()).to.equal(before + 1);
      });
    }

    it('takes a request for TwiML, which is measured only', async () => {
      const { status } = await post(agent.port, '/twilio/voice', SAMPLES[0]!.body);
      expect(status).to.equal(200);
      const route = { http_route: '/twilio/*', http_response_status_code: '200' };
      expect(await agent.value('http_client_request_duration_seconds_count', route)).to.equal(1);
    });

    it('refuses a forged one itself, which the agent does not count', async () => {
      const { status } = await post(agent.port, '/twilio/message', SAMPLES[0]!.body, 'f'.repeat(32));
      expect(status).to.equal(403);
      const refused = { family: 'message', outcome: 'signature_invalid' };
      expect(await agent.value('twilio_agent_callbacks_total', refused)).to.equal(1);
    });
  });
}

describe('an application that speaks TLS, behind the agent', () => {
  const authority = new Authority('the authority of the application');
  const stranger = new Authority('somebody else');
  const good = authority.issue('app', 'app.internal');
  const servers: Server[] = [];
  let agent: AgentProcess;
  /** The name by which it was called, and the Host, which is another one. */
  const names: (readonly [string | undefined, string | undefined])[] = [];

  before(async () => {
    const serve = async ({ cert, key }: Certificate) => {
      const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (req, res) => {
        names.push([(req.socket as TLSSocket & { servername?: string }).servername, req.headers.host]);
        res.writeHead(204).end();
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    };
    const [ours, theirs] = [await serve(good), await serve(stranger.issue('app'))];
    const ca = { ca_file: authority.cert };
    const forward = [
      { path: '/good', to: `https://localhost:${ours}`, tls: ca },
      { path: '/by-address', to: `https://127.0.0.1:${ours}`, tls: ca },
      { path: '/unknown', to: `https://localhost:${theirs}`, tls: ca },
      { path: '/no-authority', to: `https://localhost:${ours}` },
      { path: '/any', to: `https://localhost:${theirs}`, tls: { insecure_skip_verify: true } },
      { path: '/plain', to: `http://localhost:${ours}`, fallback: { status: 503 } },
    ];
    agent = await startAgent({
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
      args: ['--set', `receivers.twilio.forward=${JSON.stringify(forward)}`],
    });
  });
  after(async () => {
    await agent?.stop();
    for (const server of servers) server.close();
  });

  const ROWS: readonly (readonly [path: string, status: number, error: string | undefined])[] = [
    ['/good', 204, undefined],
    ['/by-address', 204, undefined],
    ['/unknown', 502, 'tls'],
    ['/no-authority', 502, 'tls'],
    ['/any', 204, undefined],
    ['/plain', 503, 'connection_reset'],
  ];
  for (const [path, status, error] of ROWS) {
    it(`${path}: ${status}`, async () => {
      expect((await post(agent.port, path, 'a=b')).status).to.equal(status);
      if (!error) return;
      const told = { http_route: path, error_type: error };
      expect(await agent.value('http_client_request_duration_seconds_count', told)).to.equal(1);
    });
  }

  it('is called by the name in `to`, while Host stays that of Twilio', () => {
    expect(names[0]).to.deep.equal(['localhost', HOST]);
  });
});
