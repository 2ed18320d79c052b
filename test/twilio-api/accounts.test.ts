import { expect } from 'chai';
import { planReload } from '../../src/wiring/reload.ts';
import { Bench, configOf, onlyBalance } from './bench.ts';
import { account, FakeTwilio, SID, TOKEN } from './fake.ts';

const MINUTE = 60_000;
const OTHER = `AC${'fedcba9876543210'.repeat(2)}`;
const OTHER_TOKEN = 'another-token-for-no-page';
const ACCOUNTS = 'receivers.twilio_api.accounts';
const of = (name: string, sid: string, token: string) => `{name: '${name}', account_sid: ${sid}, auth_token: ${token}}`;
const accounts = (...each: string[]) => [`${ACCOUNTS}=[${each.join(', ')}]`];
const EU = of('eu', SID, TOKEN);
const us = (token = OTHER_TOKEN) => of('us', OTHER, token);

describe('several accounts of the REST side', () => {
  let fake: FakeTwilio;
  let bench: Bench | undefined;

  beforeEach(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    fake.accounts.set(OTHER, account({ credentials: { [OTHER]: OTHER_TOKEN }, balance: '7.5', currency: 'EUR' }));
  });
  afterEach(async () => {
    await bench?.api?.stop();
    await fake.stop();
  });

  it('each has its figures and its health, by its name and never by its SID', async () => {
    bench = new Bench(fake, accounts(EU, us()), {});
    await bench.pass(MINUTE);
    expect(await bench.value('twilio_account_balance', { currency: 'USD', account: 'eu' })).to.equal(12.34);
    expect(await bench.value('twilio_account_balance', { currency: 'EUR', account: 'us' })).to.equal(7.5);
    for (const name of ['eu', 'us']) {
      expect(await bench.value('twilio_api_up', { account: name })).to.equal(1);
      expect(await bench.value('twilio_usage_price', { category: 'totalprice', account: name })).to.equal(0.0948);
      const balance = { operation: 'FetchBalance', account: name };
      expect(await bench.value('twilio_api_errors_total', balance)).to.equal(0);
      expect(await bench.value('twilio_api_collection_interval_seconds', balance)).to.equal(300);
      expect(await bench.value('twilio_api_last_success_timestamp_seconds', balance)).to.be.a('number');
    }
    expect(await bench.page())
      .not.to.contain(SID)
      .and.not.to.contain(OTHER);
  });

  it('a wrong token is the trouble of its account alone', async () => {
    bench = new Bench(fake, accounts(EU, us('a-wrong-token-of-old')), {});
    await bench.pass(60 * MINUTE);
    expect(await bench.value('twilio_api_up', { account: 'eu' })).to.equal(1);
    expect(await bench.value('twilio_api_up', { account: 'us' })).to.equal(0);
    const balance = (name: string) => ({ operation: 'FetchBalance', account: name });
    expect(await bench.value('twilio_api_errors_total', balance('eu'))).to.equal(0);
    expect(await bench.value('twilio_api_errors_total', balance('us'))).to.be.greaterThan(2);
    expect(await bench.value('twilio_account_balance', { account: 'eu' })).to.equal(12.34);
    expect(await bench.value('twilio_account_balance', { account: 'us' })).to.equal(undefined);
    const asked = fake.seen.filter(({ user, path }) => user === SID && path.includes('Balance'));
    expect(asked).to.have.length(12);
    expect(bench.said('warn')).to.have.length(1);
    expect(bench.said('warn')[0]).to.contain('account ACfedc...3210');
    expect(JSON.stringify(bench.log)).not.to.contain('a-wrong-token-of-old').and.not.to.contain(OTHER);
  });

  it('a token that is taken over by a reload is used for its account from the next request on', async () => {
    const before = configOf({}, accounts(EU, us('a-wrong-token-of-old')));
    const { config, restart } = planReload(before, configOf({}, accounts(EU, us())));
    expect(restart).to.deep.equal([]);
    bench = new Bench(fake, accounts(EU, us('a-wrong-token-of-old')), {});
    await bench.pass(30 * MINUTE);
    const asked = (sid: string) => fake.seen.filter(({ user }) => user === sid).length;
    const [ofFirst, ofSecond] = [asked(SID), asked(OTHER)];
    bench.api!.renew(config);
    await bench.pass(10_000);
    expect([asked(SID) - ofFirst, asked(OTHER) - ofSecond], 'at once, and of this account alone').to.deep.equal([0, 2]);
    bench.api!.renew(config);
    await bench.pass(10_000);
    expect(asked(OTHER) - ofSecond, 'no other token, no other request').to.equal(2);
    expect(await bench.value('twilio_api_up', { account: 'us' })).to.equal(1);
    expect(await bench.value('twilio_account_balance', { account: 'us' })).to.equal(7.5);
    expect(await bench.value('twilio_account_balance', { account: 'eu' })).to.equal(12.34);
  });

  const renamed = of('uk', OTHER, OTHER_TOKEN);
  for (const [name, wanted] of [
    ['an account that is added', accounts(EU, us(), of('uk', `AC${'1'.repeat(32)}`, OTHER_TOKEN))],
    ['an account that goes', accounts(EU)],
    ['an account that gets another name', accounts(EU, renamed)],
  ] as const) {
    it(`${name} waits for a restart`, () => {
      const { restart, taken } = planReload(configOf({}, accounts(EU, us())), configOf({}, wanted));
      expect(taken).to.deep.equal([]);
      expect(restart.join()).to.contain(ACCOUNTS);
    });
  }

  it('shows before the first failure the errors that there may be: of each account, or of the only one, or of none', async () => {
    const shown = async () => (await bench!.page()).split('\n').filter((line) => line.startsWith('twilio_api_errors'));
    const of = (...labels: string[]) => labels.map((each) => `twilio_api_errors_total{${each}} 0`);
    const both = ['operation="FetchBalance"', 'operation="FetchUsageRecordsToday"'];
    bench = new Bench(fake, accounts(EU, us()), {});
    const expected = ['eu', 'us'].flatMap((name) => both.map((operation) => `${operation},account="${name}"`));
    expect((await shown()).sort()).to.deep.equal(of(...expected).sort());
    await bench.api?.stop();
    for (const sets of [accounts(EU), accounts()]) {
      bench = new Bench(fake, sets, {});
      expect(await shown()).to.deep.equal(of(...both));
      await bench.api?.stop();
    }
  });

  it('their timers drift apart, by a twentieth of the interval at the most', async () => {
    const random = [0, 0, 1, 0, 0.5];
    bench = new Bench(fake, [...accounts(EU), ...onlyBalance], {}, { random: () => random.shift() ?? 0.25 });
    await bench.pass(30 * MINUTE);
    const seconds = bench.waits.slice(1).map((ms) => Math.round(ms / 1_000));
    expect(seconds.slice(0, 5)).to.deep.equal([285, 285, 315, 285, 300]);
  });

  it('one alone has no label, with a name as without', async () => {
    bench = new Bench(fake, accounts(EU), {});
    await bench.pass(MINUTE);
    expect(await bench.page()).to.match(/^twilio_account_balance\{currency="USD"\} 12\.34/m);
    expect(await bench.page()).not.to.contain('account="');
  });

  const WRONG: [name: string, sets: readonly string[], said: RegExp][] = [
    ['two without names', accounts(of('', SID, TOKEN), us()), /need a name each/],
    ['two of one name', accounts(EU, of('eu', OTHER, TOKEN)), /name two accounts alike/],
    ['one SID twice', accounts(EU, of('us', SID, TOKEN)), /hold one account_sid twice/],
    ['a SID as a name', accounts(of(SID, SID, TOKEN)), /no SID/],
  ];
  for (const [name, sets, said] of WRONG) {
    it(`${name} is an error of the configuration`, () => {
      expect(() => configOf({}, sets)).to.throw(said);
    });
  }
});
