import { expect } from 'chai';
import { Bench, CREDENTIALS, configOf, onlyUsage } from './bench.ts';
import { account, FakeTwilio, SID, usageRecord } from './fake.ts';

const USAGE = { operation: 'FetchUsageRecordsToday' };
const TODAY = `/2010-04-01/Accounts/${SID}/Usage/Records/Today.json`;

describe('the usage of today', () => {
  let fake: FakeTwilio;
  let bench: Bench;

  beforeEach(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
  });
  afterEach(async () => {
    await bench?.api?.stop();
    await fake.stop();
  });

  const start = (sets: readonly string[] = []) => (bench = new Bench(fake, [...onlyUsage, ...sets]));
  const records = (count: number) => Array.from({ length: count }, (_, i) => usageRecord(`category-${i}`));

  it('10,000 records on 200 pages are read to the last page', async () => {
    fake.accounts.get(SID)!.records = [...records(9_999), usageRecord('the-last', { usage: '77', price: 3 })];
    fake.maxPageSize = 50;
    start(['receivers.twilio_api.scrapers.usage.categories=[the-last, category-0]']);
    await bench.pass(5_000);
    expect(fake.seen).to.have.length(200);
    expect(fake.mostInFlight).to.equal(1);
    expect(await bench.value('twilio_usage_amount', { category: 'the-last' })).to.equal(77);
    expect(await bench.value('twilio_usage_price', { category: 'the-last' })).to.equal(3);
    expect((await bench.page()).match(/^twilio_usage_amount\{/gm)).to.have.length(2);
    expect(await bench.value('twilio_api_request_duration_seconds_count', USAGE)).to.equal(200);
    expect(await bench.value('twilio_api_records_skipped_total', { reason: 'budget' })).to.equal(0);
  });

  it('what is over the series budget is dropped, counted and said, and the rest stays', async () => {
    fake.accounts.get(SID)!.records = records(1_500);
    start();
    await bench.pass(5_000);
    expect((await bench.page()).match(/^twilio_usage_amount\{/gm)).to.have.length(1_000);
    expect((await bench.page()).match(/^twilio_usage_price\{/gm)).to.have.length(1_000);
    expect(await bench.value('twilio_api_records_skipped_total', { reason: 'budget' })).to.equal(1_000);
    expect(await bench.value('twilio_api_errors_total', USAGE)).to.equal(0);
    expect(bench.said('warn').join()).to.contain('over the series budget');
  });

  it('new categories day after day never have more series than the budget', async () => {
    start();
    for (let day = 0; day < 4; day++) {
      fake.accounts.get(SID)!.records = Array.from({ length: 400 }, (_, i) => usageRecord(`day-${day}-${i}`));
      await bench.pass(15 * 60_000);
    }
    expect((await bench.page()).match(/^twilio_usage_amount\{/gm) ?? []).to.have.length(0);
    expect(await bench.value('twilio_api_records_skipped_total', { reason: 'budget' })).to.equal(2 * (200 + 400));
  });

  const LOOPS: [name: string, uri: string][] = [
    ['itself', `${TODAY}?PageSize=1000`],
    ['another host, which never gets the credentials', 'http://127.0.0.1:9/2010-04-01/Today.json'],
  ];
  for (const [name, uri] of LOOPS) {
    it(`a page that links to ${name} ends the reading: an error, no figure`, async () => {
      start();
      fake.fail(
        uri.startsWith('http')
          ? { kind: 'text', body: JSON.stringify({ meta: { key: 'r', next_page_url: uri }, r: [] }) }
          : { kind: 'next_page', uri },
      );
      await bench.pass(5_000);
      expect(await bench.value('twilio_api_errors_total', USAGE)).to.equal(1);
      expect(fake.seen.length).to.be.at.most(2);
      expect(await bench.page()).not.to.match(/^twilio_usage/m);
      expect(bench.said('warn')[0]).to.contain('links to one that was read already, or to another host');
    });
  }

  it('a page that fails is asked for again, without those before it', async () => {
    fake.accounts.get(SID)!.records = records(500);
    fake.maxPageSize = 50;
    start();
    const passing = bench.pass(5_000);
    while (fake.seen.length < 4) await new Promise((resolve) => setImmediate(resolve));
    fake.fail({ kind: 'cut' }, { times: 1 });
    await passing;
    await bench.pass(60_000);
    expect(fake.seen).to.have.length(11);
    expect(await bench.value('twilio_usage_amount', { category: 'category-499' })).to.equal(12);
    expect(await bench.value('twilio_api_errors_total', USAGE)).to.equal(1);
  });

  const RECORDS: [name: string, over: Record<string, unknown>, reason?: string, amount?: number, price?: number][] = [
    ['figures as numbers', { usage: 5, price: 0.25 }, undefined, 5, 0.25],
    ['figures of 0', { usage: '0', price: '0' }, undefined, 0, 0],
    ['no figures at all', { usage: null, price: null, price_unit: null }],
    ['a usage that is no number', { usage: 'many' }, 'number', undefined, 0.0948],
    ['a price that is no number', { price: 'NaN' }, 'number', 12, undefined],
    ['a currency that is none', { price_unit: 'gold' }, 'currency', 12, undefined],
    ['a category that is none', { category: 'with "quotes"\n' }, 'category'],
    ['a category that is a number', { category: 7 }, 'category'],
  ];
  for (const [name, over, reason, amount, price] of RECORDS) {
    it(`a record with ${name}`, async () => {
      fake.accounts.get(SID)!.records = [usageRecord('calls', over), usageRecord('totalprice')];
      start();
      await bench.pass(5_000);
      expect(await bench.value('twilio_usage_amount', { category: 'calls' })).to.equal(amount);
      expect(await bench.value('twilio_usage_price', { category: 'calls' })).to.equal(price);
      expect(await bench.value('twilio_usage_price', { category: 'totalprice' })).to.equal(0.0948);
      expect(await bench.value('twilio_api_errors_total', USAGE)).to.equal(reason ? 1 : 0);
      if (reason) expect(await bench.value('twilio_api_records_skipped_total', { reason })).to.equal(1);
      expect(await bench.page()).not.to.contain('NaN');
    });
  }

  it('a unit that is none is other, a missing one unknown', async () => {
    fake.accounts.get(SID)!.records = [
      usageRecord('a', { usage_unit: 'a "unit"' }),
      usageRecord('b', { usage_unit: null }),
    ];
    start();
    await bench.pass(5_000);
    expect(await bench.value('twilio_usage_amount', { category: 'a', usage_unit: 'other' })).to.equal(12);
    expect(await bench.value('twilio_usage_amount', { category: 'b', usage_unit: 'unknown' })).to.equal(12);
  });
});

describe('whether the REST side runs', () => {
  let fake: FakeTwilio;
  beforeEach(async () => {
    fake = await FakeTwilio.start();
  });
  afterEach(() => fake.stop());

  const off = { TWILIO_API_KEY: '', TWILIO_API_SECRET: '' };
  const CASES: [name: string, env: Record<string, string>, sets: string[], said: RegExp][] = [
    ['nothing is configured', off, [], /^twilio_api: off, no credentials \(TWILIO_ACCOUNT_SID with/],
    ['a token without an account', { TWILIO_AUTH_TOKEN: '0'.repeat(32) }, [], /off, no credentials/],
    ['an account without a token', { TWILIO_ACCOUNT_SID: SID }, [], /off, no credentials/],
    [
      'the pipeline does not name it',
      CREDENTIALS,
      ['service.pipelines.metrics.receivers=[twilio]'],
      /does not name it/,
    ],
    [
      'no scraper is enabled',
      CREDENTIALS,
      ['balance', 'usage'].map((name) => `receivers.twilio_api.scrapers.${name}.enabled=false`),
      /off, no scraper is enabled/,
    ],
  ];
  for (const [name, env, sets, said] of CASES) {
    it(`${name}: off, said so, and no request is made`, () => {
      const bench = new Bench(fake, sets, env);
      expect(bench.api).to.equal(undefined);
      expect(bench.waits).to.deep.equal([]);
      expect(bench.said('info')[0]).to.match(said);
      expect(fake.seen).to.deep.equal([]);
    });
  }

  it('on: says what is read, of which account, by what, from where', async () => {
    const bench = new Bench(fake, []);
    await bench.api!.stop();
    expect(bench.said('info')[0]).to.equal(
      `twilio_api: reads balance every 300 s, usage every 900 s of account AC0123...cdef by its auth token from ${fake.url}`,
    );
  });

  const WRONG: [name: string, env: Record<string, string>, said: RegExp][] = [
    [
      'an API key without its secret',
      { TWILIO_ACCOUNT_SID: SID, TWILIO_API_KEY: `SK${'1'.repeat(32)}` },
      /api_secret.*is needed/,
    ],
    ['a secret without its key', { TWILIO_ACCOUNT_SID: SID, TWILIO_API_SECRET: 'secret' }, /api_key.*is needed/],
    [
      'an API key without an account',
      { TWILIO_API_KEY: `SK${'1'.repeat(32)}`, TWILIO_API_SECRET: 'secret' },
      /account_sid.*is needed/,
    ],
    ['an endpoint with a password', { TWILIO_API_URL: 'https://a:b@example.com' }, /must be an http or https URL/],
  ];
  for (const [name, env, said] of WRONG) {
    it(`${name} is an error of the configuration`, () => {
      expect(() => configOf(env)).to.throw(said);
    });
  }
});
