import { expect } from 'chai';
import { account, FakeTwilio, SID, TOKEN } from '../twilio-api/fake.ts';
import { accounts, listedAccount } from '../twilio-api/resources/accounts.ts';
import type { Item } from '../twilio-api/resources/paging.ts';
import { type AgentProcess, eventually, freshSid, messageStatus, signedPost, startAgent } from './support/servers.ts';

const sidOf = (n: number) => `AC${n.toString(16).padStart(32, 'd')}`;
const tokenOf = (n: number) => `the-token-of-subaccount-${n}`;

describe('subaccounts that are discovered', () => {
  let fake: FakeTwilio;
  let agent: AgentProcess;
  let all: Item[];

  beforeEach(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    all = [listedAccount(SID, TOKEN), ...[1, 2, 3].map((n) => listedAccount(sidOf(n), tokenOf(n)))];
    fake.resources.push(accounts(() => all, 2));
  });
  afterEach(async () => {
    await agent?.stop();
    await fake.stop();
  });

  const start = async () => {
    agent = await startAgent({
      env: { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: fake.url },
      args: ['--set', 'receivers.twilio_api.discover=true'],
    });
  };
  const send = async (AccountSid: string, token: string) => {
    const parameters = messageStatus(freshSid('SM'), 'delivered', { AccountSid });
    return (await signedPost(`${agent.url}/webhooks/message`, parameters, { token })).status;
  };
  const of = (n: number, token = tokenOf(n)) => send(sidOf(n), token);

  it('count from the first callback on; new ones and new tokens after one that is refused; a reload forgets none', async () => {
    await start();
    expect(await Promise.all([1, 2, 3].map((n) => of(n)))).to.deep.equal([204, 204, 204]);
    all.push(listedAccount(sidOf(4), tokenOf(4)));
    all[1]!['auth_token'] = 'the-new-token-of-one';
    expect([await of(4), await of(1, 'the-new-token-of-one')]).to.deep.equal([401, 401]);
    await eventually(async () => expect(await of(4)).to.equal(204));
    await eventually(async () => expect(await of(1, 'the-new-token-of-one')).to.equal(204));
    expect(await of(1)).to.equal(401);
    agent.child.kill('SIGHUP');
    await eventually(() => expect(agent.output()).to.contain('reload: nothing to take over'));
    expect([await of(4), await of(2), await send(SID, TOKEN)]).to.deep.equal([204, 204, 204]);
    expect(await agent.value('twilio_agent_accounts_discovered', { status: 'active' })).to.equal(5);
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(8);
    expect(agent.output() + (await agent.metrics())).not.to.match(/the-(?:new-)?token-of|AC[0-9a-f]{32}/);
  });

  it('wait for the API to be up; the configured account does not', async () => {
    fake.fail({ kind: 'reset' });
    await start();
    expect([await send(SID, TOKEN), await of(1)]).to.deep.equal([204, 401]);
    fake.heal();
    await eventually(async () => expect(await of(1)).to.equal(204), 20_000);
  });
});
