import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { account, FakeTwilio, SID, TOKEN } from '../twilio-api/fake.ts';
import { calls, listedMessage, messages } from '../twilio-api/resources/messages.ts';
import type { Item } from '../twilio-api/resources/paging.ts';
import {
  type AgentProcess,
  eventually,
  freshSid,
  messageStatus,
  signedPost,
  startAgent,
  temporaryFolder,
} from './support/servers.ts';

const OTHER = `AC${'fedcba9876543210'.repeat(2)}`;
const OTHER_TOKEN = 'another-token-for-no-page';
const EU = { name: 'eu', account_sid: SID, auth_token: TOKEN };
const US = { name: 'us', account_sid: OTHER, auth_token: OTHER_TOKEN };

describe('several accounts that are compared', () => {
  const file = join(temporaryFolder(), 'agent.yaml');
  let fake: FakeTwilio;
  let agent: AgentProcess;
  const sent: Record<string, Item[]> = { [SID]: [], [OTHER]: [] };

  const configure = (accounts: object[]) =>
    writeFileSync(
      file,
      stringify({
        receivers: {
          twilio_api: {
            accounts,
            scrapers: { balance: { enabled: false }, usage: { enabled: false } },
            reconciliation: { enabled: true, delay: '1s', interval: '2s', initial_delay: '0s', pages_per_hour: 36_000 },
          },
        },
      }),
    );
  before(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    fake.accounts.set(OTHER, account({ credentials: { [OTHER]: OTHER_TOKEN } }));
    fake.resources.push(
      (asked) => messages(() => sent[asked.account]!)(asked),
      calls(() => []),
    );
    configure([EU, US]);
    const env = { TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: fake.url };
    agent = await startAgent({ env, args: ['--config', file] });
  });
  after(async () => {
    await agent?.stop();
    await fake.stop();
  });

  it('what no callback told is missing, of either, and each has its lag', async () => {
    const lag = (name: string) =>
      agent.value('twilio_reconciliation_lag_seconds', { family: 'message', account: name });
    await eventually(async () => expect([await lag('eu'), await lag('us')]).to.not.include(undefined));
    const at = Date.now() + 500;
    for (const [sid, many] of [
      [SID, 6],
      [OTHER, 4],
    ] as const) {
      const made = Array.from({ length: many }, (_, n) => listedMessage(n, at, 'delivered', { sid: freshSid('SM') }));
      for (const item of made.slice(1)) {
        const { status } = await signedPost(
          `${agent.url}/webhooks/message`,
          messageStatus(String(item['sid']), 'delivered', { AccountSid: sid }),
          { token: TOKEN },
        );
        expect(status).to.equal(204);
      }
      sent[sid]!.push(...made);
    }
    const count = (name: string) => agent.value(`twilio_callbacks_${name}_total`, { family: 'message' });
    await eventually(async () => expect([await count('expected'), await count('missing')]).to.deep.equal([10, 2]));
    expect(await agent.metrics()).not.to.match(/AC[0-9a-f]{32}/);
  });

  it('a new token is taken over by a reload; another account waits for a restart, and the log says why', async () => {
    fake.accounts.get(OTHER)!.credentials[OTHER] = 'the-new-token-of-the-second';
    const errors = () => agent.value('twilio_api_errors_total', { operation: 'ListMessage', account: 'us' });
    await eventually(async () => expect(await errors()).to.be.above(0));
    const renewed = { ...US, auth_token: 'the-new-token-of-the-second' };
    configure([EU, renewed]);
    agent.child.kill('SIGHUP');
    await eventually(() => expect(agent.output()).to.match(/reload: taken over: receivers\.twilio_api\.accounts\.1/));
    configure([EU, renewed, { name: 'uk', account_sid: `AC${'1'.repeat(32)}`, auth_token: OTHER_TOKEN }]);
    agent.child.kill('SIGHUP');
    await eventually(() => expect(agent.output()).to.contain('reload: receivers.twilio_api.accounts: which accounts'));
    expect(agent.output()).not.to.match(/AC[0-9a-f]{32}|another-token|new-token/);
  });
});
