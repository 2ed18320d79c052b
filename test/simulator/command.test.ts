import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { send, Tally } from '../../src/simulator/send.ts';
import { command } from '../command.ts';
import { ManualClock } from '../manual-clock.ts';
import { ENV, Rehearsal } from './rehearsal.ts';

const BRIEF = ['--rate', '20', '--duration', '2s'];

describe('twilio-otel-agent simulate', () => {
  let folder: string;
  let agent: Rehearsal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'simulate-'));
    agent = await Rehearsal.start({ clock: new ManualClock(Date.now()) });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await agent.stop();
  });

  it('sends, writes the same manifest for the same seed, and says that all was counted', async () => {
    const manifests = [];
    for (const name of ['one.json', 'two.json']) {
      const manifest = join(folder, name);
      const args = ['simulate', '--seed', '42', ...BRIEF, '--target', agent.url, '--manifest', manifest, '--check'];
      const { code, stdout, stderr } = await command(args, ENV);
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.match(
        /^\d+ requests in 2 s to 127\.0\.0\.1:\d+: .*\n\d+ answered 204, 0 sent again, 0 given up\n/,
      );
      expect(stdout).to.match(/as it should be: \d+ series of the page grew by what was sent\n$/);
      manifests.push(readFileSync(manifest, 'utf8'));
    }
    expect(manifests[1]).to.equal(manifests[0]);
    const { seed, profile, series } = JSON.parse(manifests[0]!);
    expect([seed, profile]).to.deep.equal(['42', 'healthy']);
    expect(series['twilio_message_callback_total{status="queued"}']).to.be.greaterThan(10);
  }).timeout(60_000);

  it('says what is different, and 1, where somebody else calls the agent meanwhile', async () => {
    const check = ['simulate', ...BRIEF, '--target', agent.url, '--check'];
    const both = await Promise.all([
      command([...check, '--seed', '1'], ENV),
      command([...check, '--seed', '2', '--profile', 'outage'], ENV),
    ]);
    for (const { code, stderr } of both) {
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /simulate: \d+ series of the page did not grow by what was sent:\n {2}series +expected +found/,
      );
      expect(stderr).to.match(/^ {2}twilio_message_callback_total\{status="queued"\} +\d+ +\d+ +\d+$/m);
    }
  }).timeout(60_000);

  const wrong: readonly (readonly [args: string[], complaint: RegExp])[] = [
    [['--target', 'http://agent.example.com'], /agent\.example\.com is another machine.*--yes-this-is-mine/],
    [['--target', 'http://10.0.0.1:8080'], /10\.0\.0\.1:8080 is another machine/],
    [['--target', 'http://127.0.0.1.example.com'], /is another machine/],
    [['--target', 'ftp://127.0.0.1'], /--target must be an http or https URL/],
    [['--profile', 'sunny'], /--profile is one of healthy, outage/],
    [['--rate', '0'], /--rate is 0\.01 to 1000/],
    [['--duration', '5'], /--duration is a number with s, m or h/],
    [['--rate', '1000', '--duration', '10h'], /more than 200000/],
    [['--manifest', '/nowhere/at/all.json'], /all\.json cannot be written \(ENOENT\)/],
  ];
  for (const [args, complaint] of wrong) {
    it(`${args.join(' ')}: 2, and nothing is sent`, async () => {
      const { code, stdout, stderr } = await command(['simulate', '--seed', '1', ...args], ENV);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(complaint);
    });
  }

  it('without a seed: 2; where no agent is: 1', async () => {
    expect((await command(['simulate'], ENV)).code).to.equal(2);
    const nobody = ['simulate', '--seed', '1', '--target', 'http://127.0.0.1:9', '--check'];
    expect(await command(nobody, ENV)).to.include({ code: 1, stdout: '' });
  });
});

describe('a request of the simulator', () => {
  let server: Server;
  afterEach(() => server.close());

  const answering = async (...statuses: number[]) => {
    const tokens: (string | string[] | undefined)[] = [];
    server = createServer((req, res) => {
      tokens.push(req.headers['i-twilio-idempotency-token']);
      const status = statuses.shift() ?? 204;
      if (status === 0) req.socket.destroy();
      else res.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/message`;
    const tally = new Tally();
    const headers = { 'I-Twilio-Idempotency-Token': 'one' };
    await send({ url, signedUrl: url }, { body: { pairs: [['a', 'b']] }, token: 'secret', headers }, tally);
    return { tally, tokens };
  };

  for (const [name, statuses, want] of [
    ['that is answered is not sent again', [204], [1, 0, 0]],
    ['that is refused is not sent again', [401], [1, 0, 0]],
    ['is sent again after a 5xx and a broken connection, with the same token', [503, 0], [3, 2, 0]],
    ['is given up after four attempts', [500, 500, 500, 500], [4, 3, 1]],
  ] as const) {
    it(name, async () => {
      const { tally, tokens } = await answering(...statuses);
      expect([tokens.length, tally.retried, tally.lost]).to.deep.equal(want);
      expect(new Set(tokens)).to.deep.equal(new Set(['one']));
    });
  }
});

describe('a command line that asks for neither', () => {
  it('loads nothing of the simulator and of recordings', async () => {
    const loaded = async (...args: string[]): Promise<string> => {
      const trace = { ...process.env, NODE_DEBUG: 'esm' };
      const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { env: trace });
      let said = '';
      child.stderr.on('data', (chunk) => (said += chunk));
      await once(child, 'close');
      return said;
    };
    expect(await loaded('version')).not.to.match(/src\/(?:simulator|recording)\//);
    expect(await loaded('simulate')).to.match(/src\/simulator\//);
  }).timeout(60_000);
});
