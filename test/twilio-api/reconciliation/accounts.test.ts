import { expect } from 'chai';
import { type Cursor, readCursor } from '../../../src/twilio-api/reconciliation/cursor.ts';
import { Bench, CREDENTIALS } from '../bench.ts';
import { account, FakeTwilio, SID, TOKEN } from '../fake.ts';
import { calls, LARGEST, listedMessage, messages } from '../resources/messages.ts';
import type { Item } from '../resources/paging.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OTHER = `AC${'fedcba9876543210'.repeat(2)}`;
const OTHER_TOKEN = 'another-token-for-no-page';
const BASE = [
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
  'receivers.twilio_api.reconciliation.enabled=true',
  'receivers.twilio_api.reconciliation.delay=30m',
  'receivers.twilio_api.reconciliation.interval=15m',
];
const TWO = [
  ...BASE,
  `receivers.twilio_api.accounts=[{name: eu, account_sid: ${SID}, auth_token: ${TOKEN}}, {name: us, account_sid: ${OTHER}, auth_token: ${OTHER_TOKEN}}]`,
];
const LAG = 'twilio_reconciliation_lag_seconds';

describe('reconciliation of several accounts', () => {
  let fake: FakeTwilio;
  let bench: Bench;
  let sent: Record<string, Item[]>;

  beforeEach(async () => {
    LARGEST.page = 10;
    sent = { [SID]: [], [OTHER]: [] };
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    fake.accounts.set(OTHER, account({ credentials: { [OTHER]: OTHER_TOKEN } }));
    fake.resources.push((asked) => messages(() => sent[asked.account]!)(asked));
    fake.resources.push(calls(() => []));
  });
  afterEach(async () => {
    LARGEST.page = 1_000;
    await bench.api?.stop();
    await bench.ledger.close();
    await fake.stop();
  });

  const expected = () => bench.value('twilio_callbacks_expected_total', { family: 'message' });
  const send = (sid: string, many: number, from: number) => {
    const begin = bench.clock.nowMs();
    for (let n = from; n < from + many; n++) sent[sid]!.push(listedMessage(n, begin + n * 1_000, 'delivered'));
  };
  const lists = (sid: string) => fake.seen.filter(({ path }) => path.endsWith(`${sid}/Messages.json`)).length;

  it('each is compared on its own line; the lag and the errors have its name', async () => {
    bench = new Bench(fake, TWO, {});
    await bench.pass(MINUTE);
    send(SID, 30, 0);
    send(OTHER, 20, 100);
    await bench.pass(2 * HOUR);
    expect(await expected()).to.equal(50);
    for (const name of ['eu', 'us']) {
      expect(await bench.value(LAG, { family: 'message', account: name })).to.be.within(0, 16 * 60);
      const operation = { operation: 'ListMessage', account: name };
      expect(await bench.value('twilio_api_errors_total', operation)).to.equal(0);
    }
    expect(await bench.page()).not.to.match(/AC[0-9a-f]{32}/);
  });

  it('where one cannot be read the others go on, and its own lag tells', async () => {
    bench = new Bench(fake, TWO, {});
    await bench.pass(MINUTE);
    fake.fail({ kind: 'status', status: 503 }, { path: new RegExp(`${OTHER}/Messages`) });
    send(SID, 30, 0);
    send(OTHER, 20, 100);
    await bench.pass(5 * HOUR);
    expect(await expected()).to.equal(30);
    expect(await bench.value(LAG, { family: 'message', account: 'eu' })).to.be.at.most(16 * 60);
    expect(await bench.value(LAG, { family: 'message', account: 'us' })).to.be.above(4 * 3_600);
    const errors = (name: string) =>
      bench.value('twilio_api_errors_total', { operation: 'ListMessage', account: name });
    expect([await errors('eu'), (await errors('us'))! > 5]).to.deep.equal([0, true]);
    fake.heal();
    await bench.pass(2 * HOUR);
    expect(await expected()).to.equal(50);
  });

  it('each has a budget of its own', async () => {
    bench = new Bench(fake, [...TWO, 'receivers.twilio_api.reconciliation.pages_per_hour=12'], {});
    await bench.pass(MINUTE);
    send(SID, 200, 0);
    send(OTHER, 200, 1_000);
    const before = [SID, OTHER].map(lists);
    await bench.pass(5 * HOUR);
    for (const [i, sid] of [SID, OTHER].entries()) expect(lists(sid) - before[i]!).to.be.within(20, 61);
  });

  it('one that was compared alone goes on where it stood when another comes beside it', async () => {
    bench = new Bench(fake, BASE, CREDENTIALS);
    await bench.pass(MINUTE);
    send(SID, 30, 0);
    await bench.pass(2 * HOUR);
    await bench.api!.stop();
    const stoodMs = Math.max(
      ...fake.seen.flatMap(({ query }) => (query.has('DateSent<') ? Date.parse(query.get('DateSent<')!) : [])),
    );
    const { clock, ledger } = bench;
    // What an older version kept of it has this key.
    let stands: Cursor | undefined;
    await ledger.apply([readCursor(`message:${SID}`, (cursor) => (stands = cursor))]);
    expect(stands).to.deep.equal({ doneMs: stoodMs + 1_000 });
    fake.seen.length = 0;
    bench = new Bench(fake, TWO, {}, { clock, ledger });
    await bench.pass(HOUR);
    const [first] = fake.seen.filter(({ path }) => path.endsWith(`${SID}/Messages.json`));
    expect(Date.parse(first!.query.get('DateSent>')!)).to.equal(stoodMs + 1_000);
  });
});
