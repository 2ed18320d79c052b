import { expect } from 'chai';
import { Bench } from '../bench.ts';
import { account, FakeTwilio, SID } from '../fake.ts';
import { calls, listedCall, listedMessage, messages } from '../resources/messages.ts';
import type { Item } from '../resources/paging.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BASE = [
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
  'receivers.twilio_api.reconciliation.enabled=true',
  'receivers.twilio_api.reconciliation.backfill=true',
];
const OFF = ['receivers.twilio_api.reconciliation.again_after=0s'];

/** All on the defaults: once a day, what is twelve hours old, and again what is three days old. */
describe('reconciliation: the second look', () => {
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
    await bench.api?.stop();
    await bench.ledger.close();
    await fake.stop();
  });

  const start = async (sets: readonly string[] = []) => {
    bench = new Bench(fake, [...BASE, ...sets]);
    await bench.pass(MINUTE);
    const at = bench.clock.nowMs();
    sent.push(listedMessage(1, at, 'delivered'), listedMessage(2, at, 'sent'), listedMessage(3, at, 'sent'));
    called.push(listedCall(1, at, 'completed'), listedCall(2, at, 'in-progress'));
  };
  const expected = async () => [
    await bench.value('twilio_callbacks_expected_total', { family: 'message' }),
    await bench.value('twilio_callbacks_expected_total', { family: 'call' }),
  ];
  /** What is on its way ends: after the first look, and before the second. */
  const end = () => {
    sent[1]!['status'] = 'undelivered';
    called[1]!['status'] = 'completed';
  };

  for (const restarts of [false, true]) {
    it(`what ended meanwhile counts then, once, and what was compared does not count again${restarts ? ', also after a restart' : ''}`, async () => {
      await start();
      await bench.pass(DAY);
      expect(await expected()).to.deep.equal([1, 1]);
      end();
      await bench.pass(DAY);
      expect(await expected()).to.deep.equal([1, 1]);
      const first = bench;
      if (restarts) {
        await first.api!.stop();
        bench = new Bench(fake, BASE, undefined, first);
      }
      await bench.pass(3 * DAY);
      bench.api!.stop();
      const counted = async (name: string, labels = {}) => first.value(name, labels);
      expect(await counted('twilio_callbacks_expected_total', { family: 'message' })).to.equal(2);
      expect(await counted('twilio_callbacks_expected_total', { family: 'call' })).to.equal(2);
      expect(await counted('twilio_agent_backfilled_total', { family: 'message' })).to.equal(2);
      expect(await counted('twilio_message_callback_total', { status: 'undelivered' })).to.equal(1);
      expect(await counted('twilio_messages_delivered_total')).to.equal(1);
    });
  }

  it('off, it is left out', async () => {
    await start(OFF);
    await bench.pass(DAY);
    end();
    await bench.pass(4 * DAY);
    expect(await expected()).to.deep.equal([1, 1]);
  });

  it('each moment is asked for twice, and the lag is that of the slower look', async () => {
    await start();
    const begin = bench.clock.nowMs();
    await bench.pass(5 * DAY);
    const asked = fake.seen.filter(({ path }) => path.endsWith('Messages.json')).map(({ query }) => query);
    for (const hours of [0.5, 6, 20]) {
      const at = begin + hours * HOUR;
      const times = asked.filter((q) => Date.parse(q.get('DateSent>')!) <= at && at <= Date.parse(q.get('DateSent<')!));
      expect(times, `${hours} h after the start`).to.have.length(2);
    }
    expect(await bench.value('twilio_reconciliation_lag_seconds', { family: 'message' })).to.be.within(0, 86_400);
    fake.fail({ kind: 'status', status: 503 });
    await bench.pass(1.5 * DAY);
    expect(await bench.value('twilio_reconciliation_lag_seconds', { family: 'message' })).to.be.above(1.5 * 86_400 - 1);
  });
});
