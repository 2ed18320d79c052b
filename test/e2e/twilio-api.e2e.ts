import { expect } from 'chai';
import { cost } from '../../grafana/src/cost.ts';
import { expressions } from '../grafana/panels.ts';
import { RECORDED, RULES } from '../otel-config/rules.ts';
import { account, FakeTwilio, SID, TOKEN, usageRecord } from '../twilio-api/fake.ts';
import {
  type AgentProcess,
  eventually,
  freshSid,
  messageStatus,
  type PrometheusServer,
  signedPost,
  startAgent,
  startPrometheus,
} from './support/servers.ts';
import { shippedPrometheus } from './support/shipped.ts';

const every = (interval: string, timeout = '10s') =>
  ['balance', 'usage'].flatMap((scraper) =>
    [`collection_interval=${interval}`, 'initial_delay=0s', `timeout=${timeout}`].flatMap((setting) => [
      '--set',
      `receivers.twilio_api.scrapers.${scraper}.${setting}`,
    ]),
  );

describe("Twilio's REST API, seen by Prometheus", () => {
  let fake: FakeTwilio;
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  const credentials = () => ({ TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: fake.url });

  before(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(
      SID,
      account({
        balance: '100',
        records: [
          usageRecord('sms-outbound', { price: '7.5' }),
          usageRecord('totalprice', { usage: '8', usage_unit: 'usd', price: '8' }),
          usageRecord('calls', { usage: '0', usage_unit: 'minutes', price: '0', price_unit: 'usd' }),
        ],
      }),
    );
    agent = await startAgent({ env: credentials(), args: every('1s') });
    prometheus = await startPrometheus(shippedPrometheus(`127.0.0.1:${agent.port}`));
  });
  after(async () => {
    await prometheus?.stop();
    await agent?.stop();
    await fake?.stop();
  });

  const asked = async (title: string) => {
    const { expr } = expressions(cost).find((panel) => panel.title === title)!;
    return prometheus.query(inSeconds(expr));
  };
  const rule = (name: string) => {
    const { expr } = RULES.find(({ record, alert }) => (record ?? alert) === name)!;
    return prometheus.query(inSeconds(unrecorded(expr)));
  };

  it('every panel has its figure: balance, spending, hours left, usage, health', async () => {
    // A second of the test is 2.5 minutes of the queries: 0.5 each 2 s is 0.5 each 5 minutes, 6 an hour.
    const spend = setInterval(() => {
      const one = fake.accounts.get(SID)!;
      one.balance = String(Number(one.balance) - 0.25);
    }, 1_000);
    try {
      await eventually(async () => {
        const [burn] = await asked('Spending per hour');
        expect(burn?.value).to.be.within(4, 8);
      }, 40_000);
      const [balance] = await asked('Balance');
      expect(balance?.labels).to.include({ currency: 'USD' });
      expect(balance?.value).to.be.within(80, 100);
      const [hours] = await asked('Hours left');
      expect(hours?.value).to.be.within(10, 25);
      expect((await rule('TwilioBalanceRunsOut')).map(({ labels }) => labels['currency'])).to.deep.equal(['USD']);
      expect(await rule('TwilioBalanceLow')).to.deep.equal([]);
    } finally {
      clearInterval(spend);
    }
    expect((await asked('Spent today')).map(({ value }) => value)).to.deep.equal([8]);
    const byCategory = await asked('Price of today by category');
    expect(byCategory.map(({ labels, value }) => [labels['category'], value])).to.deep.equal([['sms-outbound', 7.5]]);
    expect(await asked('Usage of today by category')).to.have.length(2);
    expect((await asked('API')).map(({ value }) => value)).to.deep.equal([1]);
    expect((await asked('Oldest success'))[0]?.value).to.be.below(5);
    expect((await asked('Age of the figures')).map(({ labels }) => labels['operation']).sort()).to.deep.equal([
      'FetchBalance',
      'FetchUsageRecordsToday',
    ]);
    expect(await asked('Answer time of the API, 95th percentile')).to.have.length(2);
    for (const alert of ['TwilioApiErrors', 'TwilioApiNoSuccess', 'TwilioApiFiguresMissing']) {
      expect(await rule(alert), alert).to.deep.equal([]);
    }
  });

  it('an API that fails: errors rise, the figures end, the alerts see both; it comes back by itself', async () => {
    fake.accounts.get(SID)!.balance = '3';
    await eventually(async () => expect((await rule('TwilioBalanceLow'))[0]?.value).to.equal(3));
    fake.fail({ kind: 'status', status: 500 });
    await eventually(async () => {
      expect(await agent.value('twilio_api_up')).to.equal(0);
      expect(await agent.metrics()).not.to.match(/^twilio_(account_balance|usage_)/m);
      expect(await rule('TwilioApiNoSuccess')).to.have.length(2);
      expect(await rule('TwilioApiFiguresMissing')).to.have.length(2);
      expect(await prometheus.query('twilio_account_balance')).to.deep.equal([]);
    });
    await eventually(async () => {
      expect((await asked('Failed requests'))[0]?.value).to.be.above(1);
      expect(await rule('TwilioApiErrors')).to.have.length(2);
    }, 40_000);
    fake.heal();
    await eventually(
      async () => expect(await agent.value('twilio_account_balance', { currency: 'USD' })).to.equal(3),
      30_000,
    );
    expect(await agent.value('twilio_api_up')).to.be.oneOf([0, 1]);
  });

  it('while the API hangs, /metrics answers within 100 ms, callbacks count, and a stop takes no longer', async () => {
    fake.fail({ kind: 'hang' });
    const before = fake.seen.length;
    const slow = await startAgent({ env: credentials(), args: every('1s', '1m') });
    await eventually(() => expect(fake.seen.length).to.be.above(before));
    const took: number[] = [];
    for (let scrape = 0; scrape < 20; scrape++) {
      const startedMs = performance.now();
      await slow.metrics();
      took.push(performance.now() - startedMs);
    }
    expect(took.sort((a, b) => a - b)[10]).to.be.below(100);
    const url = `${slow.url}/webhooks/message`;
    expect(
      (await signedPost(url, messageStatus(freshSid('SM'), 'sent', { AccountSid: SID }), { token: TOKEN })).status,
    ).to.equal(204);
    const stoppedMs = performance.now();
    expect(await slow.stop()).to.equal(0);
    expect(performance.now() - stoppedMs).to.be.below(5_000);
    expect(slow.output()).not.to.contain(TOKEN).and.not.to.contain(SID);
    fake.heal();
  });

  it('an agent without an account makes no request, and says why', async () => {
    const before = fake.seen.filter(({ user }) => user !== SID).length;
    const callbacks = await startAgent({
      env: { TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: fake.url },
      args: every('1s'),
    });
    await eventually(() => expect(callbacks.output()).to.contain('twilio_api: off, no credentials'));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(fake.seen.filter(({ user }) => user !== SID).length).to.equal(before);
    expect(await callbacks.value('twilio_api_up')).to.equal(undefined);
    expect(await callbacks.stop()).to.equal(0);
  });
});

/** The expression with recorded names replaced by what they record. */
const unrecorded = (expr: string): string => {
  const replaced = expr.replaceAll(/[a-z]+:[\w:]+/g, (name) => (RECORDED.has(name) ? `(${RECORDED.get(name)})` : name));
  return replaced === expr ? expr : unrecorded(replaced);
};

/** The ranges of a query shrunk 150 times, so that a test need not last hours. */
const inSeconds = (expr: string) =>
  expr
    .replaceAll('$__range', '1m')
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$job', '.+')
    .replaceAll('$instance', '.+')
    .replaceAll('[6h:5m]', '[20s:2s]')
    .replaceAll('offset 5m', 'offset 2s')
    .replaceAll('[1h]', '[1m]');
