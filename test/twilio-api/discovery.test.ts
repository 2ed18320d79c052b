import { expect } from 'chai';
import { planReload } from '../../src/wiring/reload.ts';
import { keysOf } from '../../src/wiring/verification.ts';
import { outcome, type Sent, verifier } from '../verify/request.ts';
import { Bench, CREDENTIALS, configOf } from './bench.ts';
import { account, FakeTwilio, type Fault, SID, TOKEN } from './fake.ts';
import { accounts, listedAccount } from './resources/accounts.ts';
import type { Item } from './resources/paging.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SETS = [
  'receivers.twilio_api.scrapers.balance.enabled=false',
  'receivers.twilio_api.scrapers.usage.enabled=false',
  'receivers.twilio_api.discover=true',
];
const LIST = /Accounts\.json$/;
const sidOf = (n: number) => `AC${(0xabc0000 + n).toString(16).padStart(32, '0')}`;
const tokenOf = (n: number) => `a-subaccounts-token-for-no-page-${n}`;

describe('discovery of subaccounts', () => {
  let fake: FakeTwilio;
  let bench: Bench;
  let room: ReturnType<typeof verifier>;
  let all: Item[];

  beforeEach(async () => {
    fake = await FakeTwilio.start();
    fake.accounts.set(SID, account());
    all = [listedAccount(SID, TOKEN), ...[1, 2, 3, 4, 5].map((n) => listedAccount(sidOf(n), tokenOf(n)))];
    fake.resources.push(accounts(() => all, 2));
  });
  afterEach(async () => {
    await bench?.api?.stop();
    await fake.stop();
  });

  const begin = (sets: readonly string[] = []) => {
    bench = new Bench(fake, [...SETS, ...sets]);
    const { twilio } = configOf(CREDENTIALS).receivers;
    room = verifier({ ...keysOf(twilio), unsigned: 'never', discovered: bench.discovered });
  };
  const start = async (sets: readonly string[] = []) => {
    begin(sets);
    await bench.pass(MINUTE);
  };
  const URL = 'http://localhost:8080/webhooks/message';
  const send = (sid: string, token: string, over: Partial<Sent> = {}) =>
    outcome(room, {
      url: URL,
      token,
      pairs: [
        ['MessageSid', `SM${'b2'.repeat(16)}`],
        ['AccountSid', sid],
      ],
      ...over,
    });
  const of = (n: number, token = tokenOf(n)) => send(sidOf(n), token);
  const lookUps = () => fake.seen.filter(({ path }) => /Accounts\/AC\w+\.json$/.test(path)).length;
  const lists = () => fake.seen.filter(({ path }) => LIST.test(path)).length;
  /** Until what a look-up asked for is answered. */
  const answered = async (asked: number) => {
    for (let i = 0; i < 2_000 && lookUps() < asked; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    await bench.pass(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const errors = (operation: string) => bench.value('twilio_api_errors_total', { operation });
  const known = (status = 'active') => bench.value('twilio_agent_accounts_discovered', { status });

  it('their callbacks verify by their own tokens, which are shown nowhere', async () => {
    all[4]!['status'] = 'suspended';
    all[5]!['status'] = 'closed';
    begin();
    expect(of(1), 'before the list was read').to.equal('account_unknown');
    await bench.pass(MINUTE);
    expect([1, 2, 3, 4, 5].map((n) => of(n))).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'account_unknown']);
    expect(of(1, tokenOf(2))).to.equal('signature_invalid');
    expect(of(1, TOKEN), "the parent's token").to.equal('signature_invalid');
    expect(send(SID, TOKEN)).to.equal('ok');
    expect(room.verified.get('discovered')).to.equal(4);
    expect([await known(), await known('suspended')]).to.deep.equal([4, 1]);
    expect(lists()).to.equal(3);
    expect(await errors('ListAccount')).to.equal(0);
    expect(bench.said('info')).to.include('twilio_api: callbacks of 5 accounts verify by tokens that Twilio told');
    const shown = JSON.stringify(bench.log) + (await bench.page()) + JSON.stringify(bench.discovered);
    expect(shown)
      .not.to.contain('for-no-page')
      .and.not.to.match(/AC[0-9a-f]{32}/);
  });

  it('a batch of events verifies by the token of the account that it names', async () => {
    await start();
    const { createHash } = await import('node:crypto');
    const { signature } = await import('../parameters.ts');
    const body = Buffer.from(JSON.stringify([{ data: { accountSid: sidOf(2) } }]));
    const query = `bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    const at = `http://localhost:8080/webhooks/events`;
    const req = (token: string) =>
      ({
        method: 'POST',
        url: `/webhooks/events?${query}`,
        headers: { host: 'localhost:8080', 'x-twilio-signature': signature(token, `${at}?${query}`, []) },
        httpVersion: '1.1',
        socket: { remoteAddress: '203.0.113.9' },
      }) as never;
    const said = (token: string) => room.verifyBody(req(token), 'events', '/webhooks/events', query, body)?.reason;
    expect(said(tokenOf(2))).to.equal(undefined);
    expect(said(TOKEN), "a sink of the parent's").to.equal(undefined);
    expect(said(tokenOf(1))).to.equal('signature_invalid');
  });

  it('one that is new is refused once, looked up, and then known; strangers are looked up once a minute, whoever asks', async () => {
    await start();
    all.push(listedAccount(sidOf(6), tokenOf(6)));
    expect(of(6)).to.equal('account_unknown');
    await answered(1);
    expect(of(6)).to.equal('ok');
    await bench.pass(MINUTE);
    for (let minute = 0; minute < 10; minute++) {
      const lookedUp = lookUps();
      for (let n = 0; n < 100; n++) expect(of(10_000 + minute * 100 + n)).to.equal('account_unknown');
      await answered(lookedUp + 1);
      expect(lookUps()).to.equal(lookedUp + 1);
      await bench.pass(MINUTE);
    }
    expect(await errors('FetchAccount'), 'a stranger is no failure').to.equal(0);
    expect(await bench.value('twilio_api_up')).to.equal(1);
  });

  const NO_SIDS = ['', 'AC1', `AC${'A'.repeat(32)}`, `${sidOf(1)}/../x`, 'AC'.repeat(17)];
  it('what is no SID is not asked for', async () => {
    await start();
    for (const sid of NO_SIDS) {
      expect(send(sid, TOKEN)).not.to.equal(undefined);
      await bench.pass(2 * MINUTE);
    }
    expect(lookUps()).to.equal(0);
  });

  it('a token that was rotated: one refused callback, one look-up; a flood of forged ones costs no more', async () => {
    await start();
    all[1]!['auth_token'] = 'the-new-token-of-the-first-one';
    expect(of(1, 'the-new-token-of-the-first-one')).to.equal('signature_invalid');
    await answered(1);
    expect(of(1, 'the-new-token-of-the-first-one')).to.equal('ok');
    expect(of(1)).to.equal('signature_invalid');
    const asked = lookUps();
    for (let n = 0; n < 1_000; n++) of(1 + (n % 5), 'forged');
    await bench.pass(MINUTE);
    for (let n = 0; n < 1_000; n++) of(1, 'forged');
    await answered(0);
    expect(lookUps() - asked, 'the same account within five minutes').to.equal(0);
    // The turn of unknown accounts is another one.
    all.push(listedAccount(sidOf(6), tokenOf(6)));
    of(2, 'forged');
    of(6);
    await answered(asked + 2);
    expect(of(6)).to.equal('ok');
  });

  it('a look-up that is told to wait leaves no queue behind it', async () => {
    await start();
    const one = /Accounts\/AC\w+\.json$/;
    fake.fail({ kind: 'status', status: 429, headers: { 'retry-after': '1800' } }, { path: one, times: 1 });
    of(6);
    await answered(1);
    expect(await errors('FetchAccount')).to.equal(1);
    for (let minute = 0; minute < 25; minute++) {
      of(100 + minute);
      of(1, 'forged');
      await bench.pass(MINUTE);
    }
    expect(lookUps()).to.equal(1);
    await bench.pass(20 * MINUTE);
    await answered(3);
    expect(lookUps(), 'one of each kind').to.equal(3);
  });

  it('an account that is closed is known until the next list; one that is suspended stays', async () => {
    await start();
    all[1]!['status'] = 'closed';
    all[2]!['status'] = 'suspended';
    all.splice(3, 1);
    await bench.pass(HOUR);
    expect([1, 2, 3, 4].map((n) => of(n))).to.deep.equal(['account_unknown', 'ok', 'account_unknown', 'ok']);
    await answered(1);
    expect(of(1), 'a look-up does not bring it back').to.equal('account_unknown');
    expect([await known(), await known('suspended')]).to.deep.equal([3, 1]);
  });

  it('the API is down at start: configured accounts go on, and the others follow when it is up', async () => {
    fake.fail({ kind: 'reset' });
    await start();
    expect(send(SID, TOKEN)).to.equal('ok');
    expect(of(1)).to.equal('account_unknown');
    await answered(1);
    expect(await errors('ListAccount')).to.be.above(1);
    expect(await errors('FetchAccount')).to.equal(1);
    expect(await bench.value('twilio_api_up')).to.equal(0);
    expect(bench.said('warn').join()).to.contain('until it works callbacks of accounts that are not known are refused');
    fake.heal();
    await bench.pass(6 * MINUTE);
    expect(of(1)).to.equal('ok');
    expect(await bench.value('twilio_api_up')).to.equal(1);
  });

  for (const [name, fault, known] of [
    ['answers', undefined, 'ok'],
    ['fails', { kind: 'status', status: 503 }, 'account_unknown'],
  ] as [name: string, fault: Fault | undefined, known: string][]) {
    it(`a start waits until the API ${name}`, async () => {
      if (fault) fake.fail(fault);
      begin();
      const waiting = bench.api!.discovered();
      await bench.pass(0);
      await waiting;
      expect(of(1)).to.equal(known);
    });
  }

  it('a start waits no longer than ten seconds for the API', async () => {
    fake.fail({ kind: 'slow', ms: 1_500 }, { times: 1 });
    begin();
    let over = false;
    const waiting = bench.api!.discovered().then(() => (over = true));
    await bench.pass(9_999);
    expect(over).to.equal(false);
    const passing = bench.pass(1);
    await waiting;
    expect(of(1)).to.equal('account_unknown');
    await passing;
    expect(of(1)).to.equal('ok');
  });

  it('the API goes down later: what is known stays known', async () => {
    await start();
    fake.fail({ kind: 'status', status: 500 });
    await bench.pass(5 * HOUR);
    expect([1, 2, 3, 4, 5].map((n) => of(n))).to.deep.equal(Array(5).fill('ok'));
  });

  it('429: Retry-After is kept', async () => {
    fake.fail({ kind: 'status', status: 429, headers: { 'retry-after': '600' } }, { times: 1 });
    await start();
    await bench.pass(8 * MINUTE);
    expect(lists()).to.equal(1);
    await bench.pass(3 * MINUTE);
    expect(of(5)).to.equal('ok');
  });

  it('the key may not list: it is tried slowly, and the log says what to change', async () => {
    fake.accounts.get(SID)!.forbidden = LIST;
    await start();
    await bench.pass(10 * HOUR);
    expect(lists()).to.be.within(3, 11);
    expect(bench.said('warn')).to.have.length(1);
    expect(bench.said('warn')[0]).to.contain('for subaccounts a main key or the auth token');
  });

  it('an API key reads what it may, and the token lists', async () => {
    fake.accounts.get(SID)!.credentials['SK0123456789abcdef0123456789abcdef'] = 'the-keys-secret';
    bench = new Bench(fake, SETS, {
      ...CREDENTIALS,
      TWILIO_API_KEY: 'SK0123456789abcdef0123456789abcdef',
      TWILIO_API_SECRET: 'the-keys-secret',
    });
    await bench.pass(MINUTE);
    expect(new Set(fake.seen.map(({ user }) => user))).to.deep.equal(new Set([SID]));
  });

  const ITSELF = '/2010-04-01/Accounts.json?PageSize=1000';
  const LOOPS: [name: string, fault: () => Fault][] = [
    ['to itself', () => ({ kind: 'next_page', uri: ITSELF })],
    [
      'to another host, which never gets the credentials',
      () => {
        const meta = { key: 'accounts', next_page_url: 'http://127.0.0.1:9/2010-04-01/Accounts.json' };
        return { kind: 'text', body: JSON.stringify({ meta, accounts: all.slice(0, 2) }) };
      },
    ],
  ];
  for (const [name, fault] of LOOPS) {
    it(`a page that leads ${name} ends the list; what was read of it is known`, async () => {
      fake.fail(fault(), { path: LIST });
      await start();
      expect(lists()).to.be.within(1, 2);
      expect(of(1)).to.equal('ok');
      expect(of(5)).to.equal('account_unknown');
      expect(await errors('ListAccount')).to.equal(1);
      expect(bench.said('warn')[0]).to.contain('links to one that was read already, or to another host');
    });
  }

  it('a list that breaks off forgets nothing', async () => {
    await start();
    fake.fail({ kind: 'next_page', uri: ITSELF }, { path: LIST });
    await bench.pass(3 * HOUR);
    expect([1, 2, 3, 4, 5].map((n) => of(n))).to.deep.equal(Array(5).fill('ok'));
  });

  it('a reload of the configured keys leaves them as they are; to switch it waits for a restart', async () => {
    await start();
    const config = (token: string, ...sets: string[]) =>
      configOf({ ...CREDENTIALS, TWILIO_AUTH_TOKEN: token }, [...SETS, ...sets]);
    const plan = planReload(
      config(TOKEN),
      config('another-token-of-the-parents', 'receivers.twilio_api.discover=false'),
    );
    expect(plan.restart).to.deep.equal(['receivers.twilio_api.discover']);
    room.renew(keysOf(plan.config.receivers.twilio));
    expect([of(1), send(SID, TOKEN), send(SID, 'another-token-of-the-parents')]).to.deep.equal([
      'ok',
      'signature_invalid',
      'ok',
    ]);
  });

  it("the parent's token is taken over by a reload: they are listed at once", async () => {
    bench = new Bench(fake, SETS, { ...CREDENTIALS, TWILIO_AUTH_TOKEN: 'a-wrong-token-of-old' });
    await bench.pass(20 * MINUTE);
    expect(await known()).to.equal(0);
    bench.api!.renew(configOf(CREDENTIALS, SETS));
    await bench.pass(1_000);
    expect(await known()).to.equal(6);
  });

  it('off, nothing is asked and nothing is shown of it', async () => {
    bench = new Bench(fake, ['receivers.twilio_api.scrapers.usage.enabled=false']);
    await bench.pass(MINUTE);
    expect(bench.discovered).to.equal(undefined);
    expect(await bench.page()).not.to.match(/discovered|ListAccount|FetchAccount/);
    expect(lists()).to.equal(0);
  });

  it('25,000 of them', async function () {
    this.timeout(60_000);
    all = Array.from({ length: 25_000 }, (_, n) => listedAccount(sidOf(n), tokenOf(n)));
    fake.resources.unshift(accounts(() => all));
    await start();
    expect(await known()).to.equal(25_000);
    expect(lists()).to.equal(25);
    expect([of(0), of(24_999), of(25_000)]).to.deep.equal(['ok', 'ok', 'account_unknown']);
  });

  const WRONG: [name: string, env: Record<string, string>, sets: readonly string[], said: RegExp][] = [
    ['without any token', { TWILIO_ACCOUNT_SID: SID }, [], /needs an auth token of the parent/],
    ['with a token of no account', { TWILIO_AUTH_TOKEN: TOKEN }, [], /account_sid.*is needed where .*discover/],
    ['without a parent to ask', CREDENTIALS, ['receivers.twilio_api.accounts=[]'], /needs the credentials of a parent/],
  ];
  for (const [name, env, sets, said] of WRONG) {
    it(`${name} it is an error of the configuration`, () => {
      expect(() => configOf(env, ['receivers.twilio_api.discover=true', ...sets])).to.throw(said);
    });
  }
});
