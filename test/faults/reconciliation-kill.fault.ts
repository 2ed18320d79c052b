import { randomBytes, randomInt } from 'node:crypto';
import { expect } from 'chai';
import { FakeTwilio, account as fakeAccount } from '../twilio-api/fake.ts';
import { LARGEST, listedMessage, messages } from '../twilio-api/resources/messages.ts';
import type { Item } from '../twilio-api/resources/paging.ts';
import { AgentProcess, freePort, pause, temporaryFolder } from './support/agent.ts';
import { sendOnce } from './support/connection.ts';
import { figure, LONG } from './support/hooks.ts';
import { sample, scrape } from './support/oracle.ts';
import { ACCOUNT, signedRequest, TOKEN } from './support/requests.ts';

const ALL = 600;
const DROPPED = 90;
const KILLS = LONG ? 12 : 4;
/** One look is so long after the other that all messages lie in one stretch, of several pages a second. */
const INTERVAL_S = 6;
const SPREAD_S = 4;

describe('kill -9 and reconciliation', () => {
  let fake: FakeTwilio;
  let port: number;
  let storageDir: string;
  let agent: AgentProcess;
  let listed: Item[];
  const start = async (backfill: boolean) =>
    AgentProcess.start({
      port,
      storageDir,
      env: { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_API_URL: fake.url },
      args: [
        'scrapers.balance.enabled=false',
        'scrapers.usage.enabled=false',
        'reconciliation.enabled=true',
        'reconciliation.delay=1s',
        'reconciliation.initial_delay=0s',
        `reconciliation.interval=${INTERVAL_S}s`,
        'reconciliation.pages_per_hour=36000',
        `reconciliation.backfill=${backfill}`,
      ].flatMap((setting) => ['--set', `receivers.twilio_api.${setting}`]),
    });
  const value = async (series: string) => sample(await scrape(port), series) ?? 0;
  const send = (item: Item) =>
    sendOnce(
      port,
      signedRequest(port, '/webhooks/message', {
        MessageSid: String(item['sid']),
        MessageStatus: String(item['status']),
        AccountSid: ACCOUNT,
      }),
    );
  async function until(done: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    for (const startedMs = performance.now(); !(await done()); await pause(50)) {
      if (performance.now() - startedMs > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${agent.output}`);
    }
  }

  beforeEach(async () => {
    LARGEST.page = 25;
    listed = [];
    fake = await FakeTwilio.start();
    fake.accounts.set(ACCOUNT, fakeAccount({ credentials: { [ACCOUNT]: TOKEN } }));
    fake.resources.push(messages(() => listed));
    fake.resources.push(({ path }) => (path.endsWith('/Calls.json') ? { calls: [], next_page_uri: null } : undefined));
    port = await freePort();
    storageDir = temporaryFolder();
  });
  afterEach(async () => {
    LARGEST.page = 1_000;
    await fake.stop();
  });

  for (const backfill of [false, true]) {
    it(`${KILLS} times in the middle of pages, ${backfill ? 'filling in' : 'counting only'}: each message is compared once`, async function () {
      this.timeout(120_000 + KILLS * 20_000);
      agent = await start(backfill);
      await until(
        async () => (await scrape(port)).includes('twilio_reconciliation_lag_seconds{family="message"}'),
        20_000,
      );
      const sentMs = Date.now() + 1_000;
      const made = Array.from({ length: ALL }, (_, n) =>
        listedMessage(n, sentMs + (n % SPREAD_S) * 1_000, n % 4 === 0 ? 'undelivered' : 'delivered', {
          sid: `SM${randomBytes(16).toString('hex')}`,
        }),
      );
      expect(new Set(await Promise.all(made.slice(DROPPED).map(send)))).to.deep.equal(new Set([204]));
      listed = made;
      let killed = 0;
      let pages = 0;
      let killAt = randomInt(2, 6);
      fake.resources.unshift(({ path, query }) => {
        const inTheMiddle = path.endsWith('/Messages.json') && query.has('PageToken');
        // About when the page is written to the ledger: sometimes before, sometimes behind.
        if (inTheMiddle && killed < KILLS && ++pages === killAt)
          setTimeout(() => agent.kill('SIGKILL'), randomInt(0, 25));
        return undefined;
      });
      const expected = () => value('twilio_callbacks_expected_total{family="message"}');
      const seenAt: number[] = [];
      while (killed < KILLS) {
        await agent.exited;
        killed++;
        pages = 0;
        killAt = randomInt(1, LONG ? 3 : 6);
        agent = await start(backfill);
        seenAt.push(await expected());
      }
      expect(
        [...seenAt].sort((a, b) => a - b),
        'it never goes back',
      ).to.deep.equal(seenAt);
      expect(seenAt.at(-1), 'the kills came in the middle').to.be.within(1, ALL - 1);
      await until(async () => (await expected()) >= ALL, 60_000);
      await pause(1_000);
      const figures = async () => ({
        expected: await expected(),
        missing: await value('twilio_callbacks_missing_total{family="message"}'),
        backfilled: await value('twilio_agent_backfilled_total{family="message"}'),
        delivered: await value('twilio_messages_delivered_total'),
        undelivered: await value('twilio_message_callback_total{status="undelivered"}'),
      });
      const heard = backfill ? 0 : DROPPED;
      const bad = made.slice(backfill ? 0 : DROPPED).filter(({ status }) => status === 'undelivered').length;
      expect(await figures()).to.deep.equal({
        expected: ALL,
        missing: DROPPED,
        backfilled: backfill ? DROPPED : 0,
        delivered: ALL - heard - bad,
        undelivered: bad,
      });
      expect(new Set(await Promise.all(made.slice(0, DROPPED).map(send)))).to.deep.equal(new Set([204]));
      const duplicates = await value('twilio_agent_callbacks_total{family="message",outcome="duplicate"}');
      expect(duplicates).to.equal(backfill ? DROPPED : 0);
      expect((await figures()).delivered + (await figures()).undelivered).to.equal(ALL);
      expect(agent.output).not.to.match(/4711|415555/);
      figure(`compared when it was started again: ${seenAt.join(', ')} of ${ALL}`);
      expect(await agent.stop()).to.equal(0);
    });
  }
});
