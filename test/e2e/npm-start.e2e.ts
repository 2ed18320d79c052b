import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Backend } from '../instrumentation/otlp-backend.ts';
import { told } from '../told.ts';
import { Clone } from './support/clone.ts';
import { answers, eventually, freePort, freshSid, messageStatus, post } from './support/servers.ts';

/** `npm start` as on a terminal: npm, its shell and the agent are one group, and a signal of the terminal goes to all. */
async function npmStart(env: NodeJS.ProcessEnv = {}) {
  const port = await freePort();
  const clone = new Clone(new Map());
  const child = spawn('npm', ['start'], {
    cwd: clone.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: clone.folder,
      TWILIO_API_URL: 'http://127.0.0.1:9',
      PORT: `${port}`,
      ...env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  const signal = (name: NodeJS.Signals) => process.kill(-child.pid!, name);
  await eventually(answers(`${url}/ready`), 60_000);
  return { url, signal, ended, output: () => told(output) };
}

describe('npm start', function () {
  this.timeout(120_000);

  it('and one Ctrl-C: the agent stops in order, pushes what is left, and ends well', async () => {
    const backend = await Backend.start();
    try {
      const agent = await npmStart({
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        OTEL_METRIC_EXPORT_INTERVAL: '3600000',
      });
      await post(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'delivered'));
      const before = backend.received.length;
      agent.signal('SIGINT');
      await agent.ended;
      expect(agent.output()).to.include('SIGINT: stopping').and.include('stopped').and.not.include('leaving at once');
      expect(backend.received.length).to.equal(before + 1);
    } finally {
      backend.stop();
    }
  });

  it('goes on when its terminal goes away', async () => {
    const agent = await npmStart();
    agent.signal('SIGHUP');
    agent.signal('SIGHUP');
    await eventually(() => expect(agent.output()).to.include('reload: nothing to take over'));
    await sleep(500);
    expect((await fetch(`${agent.url}/ready`)).status).to.equal(200);
    agent.signal('SIGTERM');
    await agent.ended;
  });
});
