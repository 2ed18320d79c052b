import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ACCOUNT_SID, type AgentProcess, AUTH_TOKEN, startAgent } from './support/servers.ts';

const SCRIPT = fileURLToPath(new URL('../../test_webhooks.sh', import.meta.url));

function play(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(SCRIPT, args, { env: { PATH: process.env['PATH'], ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('test_webhooks.sh', () => {
  const agents: AgentProcess[] = [];
  const agentWith = async (env: Record<string, string>) => {
    const agent = await startAgent({ env });
    agents.push(agent);
    return agent;
  };
  after(() => Promise.all(agents.map((agent) => agent.stop())));

  it('passes against a local trial, again and again', async () => {
    const { url } = await agentWith({});
    for (const _ of ['once', 'again']) {
      const { code, stdout, stderr } = await play({}, url);
      expect(stderr).to.equal('');
      expect(code, stdout).to.equal(0);
      expect(stdout).to.match(/twilio_messages_delivered_total +\d -> \d/);
    }
  });

  it('signs for an agent with a token, and for its public URL behind a proxy', async () => {
    const plain = await agentWith({ TWILIO_AUTH_TOKEN: AUTH_TOKEN });
    expect((await play({ TWILIO_AUTH_TOKEN: AUTH_TOKEN }, `${plain.url}/`)).code).to.equal(0);
    const settings = {
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      PUBLIC_URL: 'https://example.com/twilio',
    };
    const proxied = await agentWith(settings);
    const { code, stderr } = await play(settings, proxied.url);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
  });

  it('fails with another token, without one, and when nothing listens', async () => {
    const { url } = await agentWith({ TWILIO_AUTH_TOKEN: AUTH_TOKEN });
    for (const env of [{ TWILIO_AUTH_TOKEN: 'another' }, {}] as Record<string, string>[]) {
      const { code, stderr } = await play(env, url);
      expect(code).to.equal(1);
      expect(stderr).to.contain('answered 401 instead of 204: Invalid signature');
      expect(stderr).to.contain('twilio_messages_delivered_total grew by 0 instead of 1');
    }
    const nobody = await play({}, 'http://127.0.0.1:9');
    expect(nobody.code).to.equal(1);
    expect(nobody.stderr).to.contain('is the agent running?');
  });
});
