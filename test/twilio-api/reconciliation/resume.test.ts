import { expect } from 'chai';
import { reject } from '../../../src/rejection.ts';
import { Bench, CREDENTIALS } from '../bench.ts';
import { account, FakeTwilio, SID } from '../fake.ts';
import { calls, LARGEST, listedCall, listedMessage, messages } from '../resources/messages.ts';
import type { Item } from '../resources/paging.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DOWN = { kind: 'status', status: 503 } as const;
const SETS = [
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
  'receivers.twilio_api.reconciliation.enabled=true',
  'receivers.twilio_api.reconciliation.delay=30m',
  'receivers.twilio_api.reconciliation.interval=15m',
  'receivers.twilio_api.reconciliation.backfill=true',
];

describe('reconciliation, when it goes on', () => {
  let fake: FakeTwilio;
  let first: Bench;
  const started: Bench[] = [];
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
    first = new Bench(fake, SETS, CREDENTIALS);
    started.push(first);
    await first.pass(MINUTE);
  });
  afterEach(async () => {
    LARGEST.page = 1_000;
    await Promise.all(started.splice(0).map(({ api }) => api?.stop()));
    await first.ledger.close();
    await fake.stop();
  });

  /** The agent again, on the same ledger: what is counted stands on the page of the first one. */
  const again = () => {
    const { ledger, clock } = first;
    const bench = new Bench(fake, SETS, CREDENTIALS, { ledger, clock });
    started.push(bench);
    return bench;
  };
  const expected = () => first.value('twilio_callbacks_expected_total', { family: 'message' });
  const asked = () =>
    fake.seen
      .filter(({ path, query }) => path.endsWith('Messages.json') && !query.has('PageToken'))
      .map(({ query }) => [query.get('DateSent>'), query.get('DateSent<')]);

  it('after a restart it begins where it stood, not a second earlier or later', async () => {
    sent.push(listedMessage(1, first.clock.nowMs(), 'delivered'));
    await first.pass(2 * HOUR);
    await first.api!.stop();
    const before = asked().length;
    const last = asked()[before - 1]!;
    const second = again();
    await second.pass(HOUR);
    const next = asked()[before]!;
    expect(Date.parse(next[0]!)).to.equal(Date.parse(last[1]!) + 1_000);
    expect(await expected()).to.equal(1);
  });

  it('in the middle of a stretch it goes on with the second at which the last page ended', async () => {
    LARGEST.page = 10;
    const begin = first.clock.nowMs();
    for (let n = 0; n < 100; n++) sent.push(listedMessage(n, begin + Math.floor(n / 4) * 1_000, 'delivered'));
    let pages = 0;
    fake.resources.unshift(({ path, query }) => {
      if (path.endsWith('/Messages.json') && query.has('PageToken') && ++pages === 4)
        fake.fail(DOWN, { path: /Messages/ });
      return undefined;
    });
    await first.pass(HOUR);
    await first.api!.stop();
    fake.resources.shift();
    fake.heal();
    const before = (await expected())!;
    expect(before).to.be.within(30, 50);
    const second = again();
    await second.pass(HOUR);
    expect(await expected()).to.equal(100);
    expect(await first.value('twilio_messages_delivered_total')).to.equal(100);
    // Four pages lie behind it: the rest, and what shares a second with the last of them.
    const resumed = asked().find(([, to]) => Date.parse(to!) < begin + 25_000 && Date.parse(to!) > begin);
    expect(resumed, 'it asked from the middle').not.to.equal(undefined);
  });

  it('what the ledger has forgotten is not compared, and the log says which time that is', async () => {
    await first.pass(HOUR);
    await first.api!.stop();
    // It stands half an hour back, and is remembered for ten minutes more.
    const forgotten = first.clock.nowMs() - 20 * MINUTE;
    first.clock.advance(7 * 24 * HOUR - 10 * MINUTE);
    const known = first.clock.nowMs() - 24 * HOUR;
    sent.push(listedMessage(1, forgotten, 'delivered'), listedMessage(2, known, 'delivered'));
    const second = again();
    await second.pass(6 * HOUR);
    expect(await expected()).to.equal(1);
    expect(
      second.said('warn').filter((line) => /are not compared: the ledger has forgotten/.test(line)),
    ).to.have.length(2);
  });

  it('a ledger that cannot be written takes the page later, once', async () => {
    sent.push(listedMessage(1, first.clock.nowMs(), 'delivered'));
    const apply = first.ledger.apply.bind(first.ledger);
    let refusals = 3;
    first.ledger.apply = async (changes) => {
      if (changes.length > 1 && refusals-- > 0) {
        // Sometimes it is kept although nobody is told so.
        if (refusals === 0) await apply(changes);
        throw reject('ledger_unavailable');
      }
      return apply(changes);
    };
    await first.pass(2 * HOUR);
    expect(refusals).to.be.below(0);
    expect(await expected()).to.equal(1);
    expect(await first.value('twilio_messages_delivered_total')).to.equal(1);
    expect(await first.value('twilio_api_errors_total', { operation: 'ListMessage' })).to.equal(0);
  });

  it('what is filled in has what Twilio tells: durations from its own times, error codes, the length of a call', async () => {
    const at = first.clock.nowMs();
    sent.push(listedMessage(1, at, 'delivered'), listedMessage(2, at, 'undelivered'));
    called.push(listedCall(1, at, 'completed'), listedCall(2, at, 'busy'));
    await first.pass(HOUR);
    const value = first.value.bind(first);
    expect(await value('twilio_message_delivery_duration_seconds_sum')).to.equal(4);
    expect(await value('twilio_messages_failed_total', { error_code: '30003' })).to.equal(1);
    expect(await value('twilio_calls_completed_total', { call_status: 'completed' })).to.equal(1);
    expect(await value('twilio_calls_failed_total', { disconnect_reason: 'busy' })).to.equal(1);
    expect(await value('twilio_call_duration_seconds_sum')).to.equal(42);
    expect(await value('twilio_agent_backfilled_total', { family: 'call' })).to.equal(2);
  });
});
