import { createServer } from 'node:net';
import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';

describe('F16: a bad configuration', () => {
  const CASES: [name: string, env: Record<string, string>, args: string[], says: string[]][] = [
    [
      'a public endpoint without a token',
      { TWILIO_AUTH_TOKEN: '' },
      ['--set', 'receivers.twilio.endpoint=0.0.0.0:0'],
      ['TWILIO_AUTH_TOKEN', 'TWILIO_ALLOW_UNSIGNED'],
    ],
    [
      'a token with white space',
      { TWILIO_AUTH_TOKEN: 's3cret value' },
      [],
      ['receivers.twilio.auth_token', 'TWILIO_AUTH_TOKEN', 'white space'],
    ],
    ['a PUBLIC_URL with a fragment', { PUBLIC_URL: 'https://example.com/x#rc=3' }, [], ['PUBLIC_URL', '#']],
    [
      'three mistakes, all at once',
      { PORT: 'http', LOG_LEVEL: 'loud' },
      ['--set', 'receivers.twilio.max_heders=10'],
      ['endpoint', 'LOG_LEVEL', 'did you mean max_headers'],
    ],
  ];
  for (const [name, env, args, says] of CASES) {
    it(`${name}: 78 before anything listens`, async function () {
      this.timeout(20_000);
      const agent = AgentProcess.spawn({ port: await freePort(), storageDir: temporaryFolder(), env, args });
      expect(await agent.exited, agent.output).to.equal(78);
      for (const text of says) expect(agent.output).to.include(text);
      expect(agent.output).to.not.include('s3cret');
      expect(agent.output).to.not.include('listens');
    });
  }

  it('a taken port: 1, and one line that names it', async function () {
    this.timeout(20_000);
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '0.0.0.0', resolve));
    const { port } = holder.address() as { port: number };
    const agent = AgentProcess.spawn({ port, storageDir: temporaryFolder() });
    expect(await agent.exited).to.equal(1);
    expect(agent.output.trim().split('\n')).to.have.length(1);
    expect(agent.output).to.include(`:${port} is already in use`);
    holder.close();
  });

  it('a folder that cannot be written: 78, and one line that names it', async function () {
    this.timeout(20_000);
    const cwd = temporaryFolder();
    const agent = AgentProcess.spawn({ port: await freePort(), storageDir: cwd, env: { STORAGE_DIR: '/proc/ledger' } });
    expect(await agent.exited).to.equal(78);
    expect(agent.output.trim().split('\n')).to.have.length(1);
    expect(agent.output).to.include('/proc/ledger');
  });
});
