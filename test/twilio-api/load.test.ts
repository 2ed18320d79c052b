import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { account, FakeTwilio, SID, TOKEN } from './fake.ts';

/** Prints how many modules were loaded before a client was, when one is there, and once it has read what the agent reads. */
const SCRIPT = `
  import { createRequire } from 'node:module';
  const { cache } = createRequire(process.cwd() + '/');
  const loaded = () => Object.keys(cache).filter((file) => file.includes('/node_modules/')).length;
  const counts = [loaded()];
  const { createClient, loadClient } = await import('./src/twilio-api/client.ts');
  const { fetchBalance } = await import('./src/twilio-api/balance.ts');
  const { fetchUsage } = await import('./src/twilio-api/usage.ts');
  counts.push(loaded());
  await loadClient();
  counts.push(loaded());
  const [endpoint, accountSid, password] = process.argv.slice(1);
  const credentials = { accountSid, username: accountSid, password };
  const stop = new AbortController().signal;
  const client = await createClient({ endpoint, credentials, timeoutMs: 5_000, stop, wallMs: Date.now });
  await fetchBalance(client);
  await fetchUsage(client, (send) => send(), () => {});
  counts.push(loaded());
  console.log(JSON.stringify(counts));
`;

describe('what the REST client is made of', () => {
  it('is loaded before it is used, or not at all: a callback would wait for it', async () => {
    const fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    try {
      const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, fake.url, SID, TOKEN];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const [, unloaded, loaded, used] = JSON.parse(stdout) as number[];
      expect(loaded! - unloaded!, 'loaded at the start').to.be.above(100);
      expect(used! - loaded!, 'loaded later').to.equal(0);
      expect(fake.seen).to.have.length(2);
    } finally {
      await fake.stop();
    }
  });
});
