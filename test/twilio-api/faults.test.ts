import { expect } from 'chai';
import { load } from '../config/room.ts';
import { Bench, CREDENTIALS, onlyBalance, onlyUsage } from './bench.ts';
import { account, FakeTwilio, type Fault, SID, TOKEN, usageRecord } from './fake.ts';

const MINUTE = 60_000;
const BALANCE = { operation: 'FetchBalance' };
const USAGE = { operation: 'FetchUsageRecordsToday' };

describe("Twilio's REST API, when it works and when it does not", () => {
  let fake: FakeTwilio;
  let bench: Bench;

  beforeEach(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
  });
  afterEach(async () => {
    await bench.api?.stop();
    await fake.stop();
  });

  const start = (sets: readonly string[], env = CREDENTIALS) => (bench = new Bench(fake, sets, env));

  it('balance and usage become gauges, each request is timed, nothing is an error', async () => {
    start([]);
    await bench.pass(10_000);
    expect(await bench.value('twilio_account_balance', { currency: 'USD' })).to.equal(12.34);
    expect(await bench.value('twilio_usage_amount', { category: 'sms-outbound', usage_unit: 'messages' })).to.equal(12);
    expect(await bench.value('twilio_usage_price', { category: 'totalprice', currency: 'USD' })).to.equal(0.0948);
    for (const operation of [BALANCE, USAGE]) {
      expect(await bench.value('twilio_api_errors_total', operation)).to.equal(0);
      expect(await bench.value('twilio_api_request_duration_seconds_count', operation)).to.equal(1);
      expect(await bench.value('twilio_api_last_success_timestamp_seconds', operation)).to.equal(
        (bench.clock.wallMs() - 5_000) / 1_000,
      );
    }
    expect(await bench.value('twilio_api_up')).to.equal(1);
    expect(await bench.value('twilio_api_collection_interval_seconds', BALANCE)).to.equal(300);
  });

  it('before the first answer no figure is made up, and the errors stand at 0', async () => {
    start([]);
    const page = await bench.page();
    expect(page).to.contain('twilio_api_errors_total{operation="FetchBalance"} 0');
    expect(page).to.contain('twilio_api_errors_total{operation="FetchUsageRecordsToday"} 0');
    expect(page).not.to.match(/^twilio_(account|usage|api_up|api_last)/m);
  });

  it('each scraper asks once an interval, by the API key where there is one', async () => {
    const key = `SK${'f'.repeat(32)}`;
    fake.accounts.set(SID, account({ credentials: { [key]: 'key-secret' } }));
    start([], { ...CREDENTIALS, TWILIO_API_KEY: key, TWILIO_API_SECRET: 'key-secret' } as never);
    await bench.pass(60 * MINUTE);
    const asked = (what: string) => fake.seen.filter(({ path }) => path.includes(what)).length;
    expect([asked('Balance'), asked('Today')]).to.deep.equal([12, 4]);
    expect(new Set(fake.seen.map(({ user }) => user))).to.deep.equal(new Set([key]));
    expect(fake.mostInFlight).to.equal(1);
  });

  it('a secret that is rotated signs in at once, and no request fails', async () => {
    start(onlyBalance);
    await bench.pass(MINUTE);
    const rotated = 'fedcba9876543210fedcba9876543210';
    fake.accounts.set(SID, account({ credentials: { [SID]: rotated } }));
    bench.api!.renew(load({ ...CREDENTIALS, TWILIO_AUTH_TOKEN: rotated }));
    await bench.pass(9_000);
    expect(fake.seen).to.have.length(2);
    await bench.pass(10 * MINUTE);
    expect(fake.seen).to.have.length(4);
    expect(await bench.value('twilio_api_errors_total', BALANCE)).to.equal(0);
  });

  const status = (code: number, headers = {}): Fault => ({ kind: 'status', status: code, headers });
  const FAULTS: [name: string, fault: Fault, timeout?: string][] = [
    ['500', status(500)],
    ['503 without a body that is JSON', { kind: 'status', status: 503, body: '<html>' }],
    ['429 without Retry-After', status(429)],
    ['a redirect to elsewhere', status(302, { location: 'http://127.0.0.1:9/' })],
    ['403', status(403)],
    ['404', status(404)],
    ['an answer that never comes', { kind: 'hang' }, '300ms'],
    ['an answer that drips without end', { kind: 'drip' }, '300ms'],
    ['an answer that comes too late', { kind: 'slow', ms: 900 }, '300ms'],
    ['an answer cut off in the middle', { kind: 'cut' }],
    ['a connection that is reset', { kind: 'reset' }],
    ['malformed JSON', { kind: 'text', body: '{"balance": NaN}' }],
    ['truncated JSON', { kind: 'text', body: '{"balance": "12.3' }],
    ['no body', { kind: 'text', body: '' }],
    ['JSON null', { kind: 'text', body: 'null' }],
    ['a page of HTML', { kind: 'text', body: '<html>welcome to the proxy</html>' }],
    ['JSON of another shape', { kind: 'text', body: '{"hello":"world"}' }],
  ];
  for (const [name, fault, timeout = '10s'] of FAULTS) {
    for (const [scraper, operation, only] of [
      ['balance', BALANCE, onlyBalance],
      ['usage', USAGE, onlyUsage],
    ] as const) {
      it(`${name}: ${scraper} is one error, no figure, and comes back with the API`, async () => {
        start([...only, `receivers.twilio_api.scrapers.${scraper}.timeout=${timeout}`]);
        fake.fail(fault, { times: 1 });
        await bench.pass(5_000);
        expect(fake.seen).to.have.length(1);
        expect(await bench.value('twilio_api_errors_total', operation)).to.equal(1);
        expect(await bench.value('twilio_api_up')).to.equal(0);
        expect(await bench.page()).not.to.match(/NaN|^twilio_(account_balance|usage|api_last)/m);
        expect(bench.said('warn')).to.have.length(1);
        await bench.pass(60 * MINUTE);
        expect(await bench.value('twilio_api_errors_total', operation)).to.equal(1);
        expect(await bench.value('twilio_api_up')).to.equal(1);
        expect(await bench.page()).to.match(
          scraper === 'balance' ? /^twilio_account_balance/m : /^twilio_usage_price/m,
        );
        expect(bench.said('info').at(-1)).to.match(/works again/);
      });
    }
  }

  const BALANCES: [balance: unknown, currency: unknown][] = [
    ['abc', 'USD'],
    ['NaN', 'USD'],
    ['Infinity', 'USD'],
    ['', 'USD'],
    ['12.34 USD', 'USD'],
    ['0x10', 'USD'],
    [null, 'USD'],
    [{}, 'USD'],
    [true, 'USD'],
    ['12.34', 'DOLLARS'],
    ['12.34', 'XQZ'],
    ['12.34', ''],
    ['12.34', null],
    ['12.34', 'US"D'],
  ];
  for (const [balance, currency] of BALANCES) {
    it(`a balance of ${JSON.stringify(balance)} in ${JSON.stringify(currency)} is an error and no figure`, async () => {
      fake.accounts.set(SID, account({ balance, currency }));
      start(onlyBalance);
      await bench.pass(5 * MINUTE);
      expect(fake.seen).to.have.length(1);
      expect(await bench.value('twilio_api_errors_total', BALANCE)).to.equal(1);
      expect(await bench.page()).not.to.match(/NaN|^twilio_account_balance/m);
    });
  }

  it('a negative balance and one of 0 are figures', async () => {
    fake.accounts.set(SID, account({ balance: '-3.5', currency: 'eur' }));
    start(onlyBalance);
    await bench.pass(5_000);
    expect(await bench.value('twilio_account_balance', { currency: 'EUR' })).to.equal(-3.5);
    fake.accounts.get(SID)!.balance = '0.00';
    await bench.pass(5 * MINUTE);
    expect(await bench.value('twilio_account_balance', { currency: 'EUR' })).to.equal(0);
  });

  it('wrong credentials are one line for both scrapers, which names the account, and are tried again slowly', async () => {
    start([], { ...CREDENTIALS, TWILIO_AUTH_TOKEN: 'a-wrong-token-of-old' });
    await bench.pass(60 * MINUTE);
    const [line, ...more] = bench.said('warn');
    expect(more).to.deep.equal([]);
    expect(line).to.contain('account AC0123...cdef').and.to.contain('check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN');
    expect(await bench.value('twilio_api_up')).to.equal(0);
    expect(await bench.value('twilio_api_errors_total', BALANCE)).to.be.within(4, 8);
    expect(await bench.value('twilio_api_errors_total', USAGE)).to.be.within(2, 5);
    expect(JSON.stringify(bench.log)).not.to.contain('a-wrong-token-of-old');
    expect(JSON.stringify(bench.log)).not.to.contain(SID);
  });

  it('a storm of 429 keeps to Retry-After, for every request of the account', async () => {
    start([]);
    fake.fail(status(429, { 'retry-after': '120' }));
    await bench.pass(5_000);
    const before = fake.seen.length;
    expect(before).to.equal(1);
    await bench.pass(119_000);
    expect(fake.seen.length).to.equal(before);
    await bench.pass(10 * MINUTE);
    // A request of either scraper each 126 s, and no more.
    expect(fake.seen.length - before).to.be.within(4, 5);
    fake.heal();
    await bench.pass(30 * MINUTE);
    expect(await bench.value('twilio_api_up')).to.equal(1);
  });

  it('Retry-After may be a date', async () => {
    start(onlyBalance);
    const date = new Date(bench.clock.wallMs() + 5_000 + 10 * MINUTE).toUTCString();
    fake.fail(status(503, { 'retry-after': date }), { times: 1 });
    await bench.pass(10 * MINUTE);
    expect(fake.seen).to.have.length(1);
    await bench.pass(2 * MINUTE);
    expect(fake.seen).to.have.length(2);
  });

  it('an outage is met with longer and longer pauses up to a ceiling', async () => {
    start(onlyUsage);
    fake.fail(status(500));
    await bench.pass(60 * MINUTE);
    const pauses = bench.waits.slice(1);
    // The upper half is random, here its middle: 3/4 of 5, 10, 20 s ... 5 min.
    expect(pauses.slice(0, 8)).to.deep.equal([3_750, 7_500, 15_000, 30_000, 60_000, 120_000, 225_000, 225_000]);
    expect(Math.max(...pauses)).to.equal(225_000);
    expect(await bench.value('twilio_api_errors_total', USAGE)).to.equal(fake.seen.length);
    expect(bench.said('warn')).to.have.length(1);
  });

  it('a figure disappears when it was not refreshed within three intervals, and returns with the API', async () => {
    start([]);
    await bench.pass(5_000);
    fake.fail(status(500));
    await bench.pass(15 * MINUTE);
    expect(await bench.value('twilio_account_balance')).to.equal(12.34);
    await bench.pass(1_000);
    expect(await bench.page()).not.to.match(/twilio_account_balance|NaN/);
    expect(await bench.value('twilio_usage_amount', { category: 'sms-outbound' })).to.equal(12);
    await bench.pass(30 * MINUTE);
    expect(await bench.page()).not.to.match(/twilio_usage|NaN/);
    fake.heal();
    fake.accounts.get(SID)!.balance = '11';
    await bench.pass(20 * MINUTE);
    expect(await bench.value('twilio_account_balance')).to.equal(11);
    expect(await bench.value('twilio_usage_amount', { category: 'sms-outbound' })).to.equal(12);
  });

  it('a balance in another currency replaces the old one', async () => {
    start(onlyBalance);
    await bench.pass(5_000);
    Object.assign(fake.accounts.get(SID)!, { balance: '9', currency: 'GBP' });
    await bench.pass(5 * MINUTE);
    expect((await bench.page()).match(/^twilio_account_balance.*$/gm)).to.deep.equal([
      'twilio_account_balance{currency="GBP"} 9',
    ]);
  });

  it('stopping aborts a request that hangs and counts no error', async () => {
    start(onlyBalance);
    fake.fail({ kind: 'hang' });
    const passing = bench.pass(5_000);
    while (fake.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const startedMs = performance.now();
    await bench.api!.stop();
    expect(performance.now() - startedMs).to.be.below(500);
    expect(await bench.value('twilio_api_errors_total', BALANCE)).to.equal(0);
    expect(bench.said('warn')).to.deep.equal([]);
    passing.catch(() => {});
  });

  it('secrets are in no log line and on no page, whatever fails', async () => {
    start([]);
    for (const [, fault] of FAULTS) if (!['hang', 'drip', 'slow'].includes(fault.kind)) fake.fail(fault, { times: 1 });
    fake.accounts.get(SID)!.records.push(usageRecord('calls', { usage: TOKEN }));
    await bench.pass(180 * MINUTE);
    const everything = JSON.stringify(bench.log) + (await bench.page());
    for (const secret of [TOKEN, Buffer.from(`${SID}:${TOKEN}`).toString('base64'), SID]) {
      expect(everything).not.to.contain(secret);
    }
    expect(bench.log.length).to.be.above(5);
  });
});
