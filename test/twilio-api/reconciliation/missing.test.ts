import { expect } from 'chai';
import { NOTHING_REQUESTED } from '../../../instrumentation/requested.ts';
import { call } from '../../../src/families/call.ts';
import { change } from '../../../src/families/family.ts';
import { message } from '../../../src/families/message.ts';
import { Bench, CREDENTIALS } from '../bench.ts';
import { account, FakeTwilio, SID } from '../fake.ts';
import { calls, LARGEST, listedCall, listedMessage, messages } from '../resources/messages.ts';
import type { Item } from '../resources/paging.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BASE = [
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
  'receivers.twilio_api.reconciliation.enabled=true',
  'receivers.twilio_api.reconciliation.delay=30m',
  'receivers.twilio_api.reconciliation.interval=15m',
  'receivers.twilio_api.reconciliation.pages_per_hour=3600',
];
const BACKFILL = ['receivers.twilio_api.reconciliation.backfill=true'];
const ENDINGS = ['delivered', 'undelivered', 'failed', 'delivered', 'delivered'] as const;
const CALL_ENDINGS = ['completed', 'busy', 'no-answer', 'completed', 'canceled'] as const;

/** Numbers that look random and are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('reconciliation', () => {
  let fake: FakeTwilio;
  let bench: Bench;
  let sent: Item[];
  let called: Item[];

  beforeEach(async () => {
    [sent, called] = [[], []];
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    fake.resources.push(
      messages(() => sent),
      calls(() => called),
    );
  });
  afterEach(async () => {
    LARGEST.page = 1_000;
    await bench.api?.stop();
    await bench.ledger.close();
    await fake.stop();
  });

  const start = async (sets: readonly string[] = []) => {
    bench = new Bench(fake, [...BASE, ...sets], CREDENTIALS);
    await bench.pass(MINUTE);
  };
  /** The callback of a listed message's last status. */
  const hear = (item: Item) =>
    bench.ledger.apply([
      change(message, {
        sid: String(item['sid']),
        status: String(item['status']) as 'delivered',
        error: { code: 'unknown', category: 'other' },
        segments: undefined,
        at: 'no_time',
        labels: NOTHING_REQUESTED,
      }),
    ]);
  const hearCall = (item: Item) =>
    bench.ledger.apply([
      change(call, {
        sid: String(item['sid']),
        status: String(item['status']) as 'completed',
        sipResponseCode: undefined,
        durationS: undefined,
        at: 'no_time',
        labels: NOTHING_REQUESTED,
      }),
    ]);
  const figures = async (family: string) => ({
    expected: await bench.value('twilio_callbacks_expected_total', { family }),
    missing: await bench.value('twilio_callbacks_missing_total', { family }),
    backfilled: await bench.value('twilio_agent_backfilled_total', { family }),
  });
  const total = async (name: string) => {
    let sum = 0;
    for (const line of (await bench.page()).split('\n'))
      if (line.startsWith(`${name}{`)) sum += Number(line.split(' ').at(-1));
    return sum;
  };

  for (const seed of [1, 2, 3]) {
    for (const backfill of [false, true]) {
      it(`seed ${seed}: of 300 messages and 200 calls the callbacks that were dropped are missing${backfill ? ', and filled in' : ''}`, async () => {
        LARGEST.page = 20;
        await start(backfill ? BACKFILL : []);
        const random = seeded(seed);
        const begin = bench.clock.nowMs();
        const dropped = { messages: 0, calls: 0 };
        const late: Item[] = [];
        for (let n = 0; n < 300; n++) {
          const item = listedMessage(n, begin + Math.floor(random() * 3 * HOUR), ENDINGS[n % 5]!);
          sent.push(item);
          if (random() < 0.2) late.push(item);
          else await hear(item);
        }
        dropped.messages = late.length;
        for (let n = 0; n < 200; n++) {
          const item = listedCall(n, begin + Math.floor(random() * 3 * HOUR), CALL_ENDINGS[n % 5]!);
          called.push(item);
          if (random() < 0.1) dropped.calls++;
          else await hearCall(item);
        }
        await bench.pass(5 * HOUR);
        expect(await figures('message')).to.deep.equal({
          expected: 300,
          missing: dropped.messages,
          backfilled: backfill ? dropped.messages : 0,
        });
        expect(await figures('call')).to.deep.equal({
          expected: 200,
          missing: dropped.calls,
          backfilled: backfill ? dropped.calls : 0,
        });
        expect(dropped.messages).to.be.above(30);
        expect(await total('twilio_message_callback_total')).to.equal(backfill ? 300 : 300 - dropped.messages);
        expect(await total('twilio_call_callback_total')).to.equal(backfill ? 200 : 200 - dropped.calls);
        // The originals come after all.
        const outcomes = await Promise.all(late.map(hear));
        expect(new Set(outcomes.flat())).to.deep.equal(new Set([backfill ? 'duplicate' : 'accepted']));
        expect(await total('twilio_message_callback_total')).to.equal(300);
        expect((await figures('message')).missing).to.equal(dropped.messages);
        expect(JSON.stringify(bench.log)).not.to.match(/secret-4711|\+1415555|SMfff/);
      });
    }
  }

  it('before anything is compared the counts stand at 0, and nothing is asked before it has settled', async () => {
    await start();
    expect(await figures('message')).to.deep.equal({ expected: 0, missing: 0, backfilled: 0 });
    await bench.pass(29 * MINUTE);
    expect(fake.seen).to.deep.equal([]);
    expect(await bench.value('twilio_reconciliation_lag_seconds', { family: 'call' })).to.equal(0);
    await bench.pass(20 * MINUTE);
    expect(fake.seen.length).to.be.above(0);
  });

  const NOT_EXPECTED: [name: string, over: Item][] = [
    ['one that came in', { direction: 'inbound', status: 'received' }],
    ['one that is under way', { status: 'sent' }],
    ['one with a status of the future', { status: 'teleported' }],
    ['one without a SID', { sid: null }],
    ['one with a SID of something else', { sid: `CA${'0'.repeat(32)}` }],
    ['one of yesterday, where a filter takes whole days', { date_sent: 'Tue, 13 Oct 2026 12:10:00 +0000' }],
  ];
  for (const [name, over] of NOT_EXPECTED) {
    it(`${name} is not expected`, async () => {
      await start();
      const at = bench.clock.nowMs() + MINUTE;
      fake.resources.unshift(({ path }) =>
        path.endsWith('/Messages.json')
          ? {
              messages: [listedMessage(1, at, 'delivered', over), listedMessage(2, at, 'delivered')],
              page: 0,
              page_size: 1_000,
              uri: path,
              next_page_uri: null,
            }
          : undefined,
      );
      await bench.pass(HOUR);
      expect(await figures('message')).to.deep.equal({ expected: 1, missing: 1, backfilled: 0 });
    });
  }

  it('stretches are half-open: what lies on their borders counts once, and no stretch is asked for twice', async () => {
    await start();
    const begin = bench.clock.nowMs();
    for (let n = 0; n < 4 * 60; n++) sent.push(listedMessage(n, begin + n * MINUTE, 'delivered'));
    await bench.pass(6 * HOUR);
    expect((await figures('message')).expected).to.equal(240);
    const asked = fake.seen
      .filter(({ path }) => path.endsWith('Messages.json'))
      .map(({ query }) => [Date.parse(query.get('DateSent>')!), Date.parse(query.get('DateSent<')!)] as const);
    expect(asked.length).to.be.above(10);
    for (const [i, [from, to]] of asked.entries()) {
      expect(to).to.be.at.least(from);
      if (i > 0) expect(from).to.equal(asked[i - 1]![1] + 1_000);
    }
  });

  it('what was deleted meanwhile is not missed, and what comes while pages are read moves nothing', async () => {
    LARGEST.page = 10;
    await start();
    const begin = bench.clock.nowMs();
    for (let n = 0; n < 50; n++) sent.push(listedMessage(n, begin + n * 1_000, 'delivered'));
    let pages = 0;
    fake.resources.unshift(({ path, query }) => {
      if (path.endsWith('/Messages.json') && query.has('PageToken') && ++pages === 2) {
        sent.splice(0, 5);
        sent.push(listedMessage(1_000, begin + 49_000, 'failed'));
      }
      return undefined;
    });
    await bench.pass(HOUR);
    expect((await figures('message')).expected).to.equal(45);
  });

  it('more pages than the budget allows: nothing is skipped, the lag tells, and it catches up', async () => {
    LARGEST.page = 10;
    await start(['receivers.twilio_api.reconciliation.pages_per_hour=12']);
    const begin = bench.clock.nowMs();
    for (let n = 0; n < 100; n++) sent.push(listedMessage(n, begin + n * 1_000, 'delivered'));
    await bench.pass(HOUR);
    const partly = (await figures('message')).expected!;
    expect(partly).to.be.within(10, 50);
    await bench.pass(HOUR / 4);
    expect(await bench.value('twilio_reconciliation_lag_seconds', { family: 'message' })).to.be.above(15 * 60);
    await bench.pass(3 * HOUR);
    expect((await figures('message')).expected).to.equal(100);
    expect(await bench.value('twilio_reconciliation_lag_seconds', { family: 'message' })).to.be.at.most(15 * 60);
    expect(fake.seen.length).to.be.at.most(1 + (12 * 265) / 60);
  });

  it('a storm of 429: Retry-After is kept, the budget holds, and all is compared in the end', async () => {
    await start(['receivers.twilio_api.reconciliation.pages_per_hour=60']);
    const begin = bench.clock.nowMs();
    for (let n = 0; n < 10; n++) sent.push(listedMessage(n, begin + n * 1_000, 'delivered'));
    fake.fail({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    await bench.pass(2 * HOUR);
    expect(fake.seen.length).to.be.within(10, 61);
    expect(await bench.value('twilio_api_errors_total', { operation: 'ListMessage' })).to.be.above(2);
    expect((await figures('message')).expected).to.equal(0);
    fake.heal();
    const before = fake.seen.length;
    fake.fail({ kind: 'status', status: 429 });
    await bench.pass(HOUR);
    expect(fake.seen.length - before).to.be.at.most(61);
    fake.heal();
    await bench.pass(3 * HOUR);
    expect(await figures('message')).to.deep.equal({ expected: 10, missing: 10, backfilled: 0 });
    expect(fake.mostInFlight).to.equal(1);
  });

  it('pages that lead in a circle end with an error, and count nothing twice', async () => {
    LARGEST.page = 10;
    await start();
    const begin = bench.clock.nowMs();
    for (let n = 0; n < 30; n++) sent.push(listedMessage(n, begin + n * 1_000, 'delivered'));
    const uri = `/2010-04-01/Accounts/${SID}/Messages.json?PageSize=10&Page=1`;
    fake.fail({ kind: 'next_page', uri }, { path: /Messages/ });
    await bench.pass(HOUR);
    expect(bench.log.map(({ reason }) => reason)).to.include('page_loop');
    const partly = (await figures('message')).expected;
    expect(partly).to.be.within(10, 30);
    fake.heal();
    await bench.pass(HOUR);
    expect(await figures('message')).to.deep.equal({ expected: 30, missing: 30, backfilled: 0 });
  });

  it('off: no request, no series', async () => {
    bench = new Bench(
      fake,
      [...BASE.slice(0, 1), 'receivers.twilio_api.scrapers.usage.collection_interval=1d'],
      CREDENTIALS,
    );
    await bench.pass(2 * HOUR);
    expect(fake.seen.map(({ path }) => path).filter((path) => /Messages|Calls/.test(path))).to.deep.equal([]);
    expect(await bench.page()).not.to.match(
      /callbacks_expected|callbacks_missing|backfilled|reconciliation|ListMessage/,
    );
  });
});
