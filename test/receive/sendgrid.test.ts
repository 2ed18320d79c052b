import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EMAILS } from './rows/emails.ts';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { email, OTHER_SIGNER, SIGNER, signedEmails } from './support/sendgrid.ts';
import { exchange, Wire } from './support/socket.ts';
import { message, request, signed, TOKEN } from './support/wire.ts';

const KEYS = 'receivers.twilio.families.sendgrid.public_keys';
const WITH_KEY = { [KEYS]: SIGNER.shown };

describe('receive: batches of SendGrid', () => {
  let agent: TestAgent;
  let last: Counts;
  before(async () => {
    agent = await TestAgent.start(WITH_KEY);
    last = await agent.counts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') last = await agent.counts();
  });
  after(() => agent.stop());

  for (const [title, rows] of Object.entries(EMAILS)) {
    describe(title, () => {
      for (const [name, bytes, status, outcome, events = {}] of rows) {
        it(`${name}: ${status} ${outcome}`, async () => {
          const answer = await exchange(agent.port, bytes());
          expect(answer.status, answer.body).to.equal(status);
          if (status === 401) expect(answer.body).to.equal('Invalid signature');
          else if (status >= 400) expect(answer.body).to.match(/^[a-z_]+: ./);
          const since = await agent.since(last, 1 + total(events));
          const counted = Object.entries(since.outcomes);
          expect(Object.fromEntries(counted.filter(([key]) => key.includes('/')))).to.deep.equal({
            [`sendgrid/${outcome}`]: 1,
          });
          expect(Object.fromEntries(counted.filter(([key]) => key.includes(':')))).to.deep.equal(
            Object.fromEntries(Object.entries(events).map(([key, value]) => [`sendgrid:${key}`, value])),
          );
          const moved = Object.entries(since.twilio).filter(([series]) => series.startsWith('twilio_email_event'));
          expect(total(Object.fromEntries(moved))).to.equal(events['accepted'] ?? 0);
          await agent.good();
          last = await agent.counts();
        });
      }
    });
  }

  describe('all of it', () => {
    it('logs at most one line for each reason, with what to do, and nothing of what was sent', () => {
      const lines = agent.log.map((line) => JSON.parse(line).msg as string);
      const refused = lines.filter((msg) => msg.startsWith('refused'));
      const reasons = refused.map((msg) => msg.split(': ')[1]);
      expect(reasons).to.have.length(new Set(reasons).size);
      expect(refused.find((msg) => msg.includes('signature_invalid'))).to.include('SENDGRID_PUBLIC_KEY');
      expect(refused.find((msg) => msg.includes('signature_missing'))).to.include('Signed Event Webhook');
      expect(refused.find((msg) => msg.includes('too_old'))).to.include('timestamp_window');
      expect(lines.filter((msg) => msg.startsWith("sendgrid: the test of SendGrid's settings page"))).to.have.length(1);
      expect(agent.log.join('')).to.not.match(/wilhelmina|lighthouse|bmV2ZXI/);
    });

    it('refuses before the body is sent where the head shows that nobody signed', async () => {
      const wire = await Wire.open(agent.port);
      const head = request({
        target: '/webhooks/sendgrid',
        headers: { 'Content-Type': 'application/json', 'Content-Length': '1000', Expect: '100-continue' },
      });
      const [answer] = await wire.send(head).answers();
      expect(answer?.status).to.equal(401);
      expect(wire.received).to.not.include('100 Continue');
      wire.close();
    });

    it('each event counts once: twice in a batch, again, in another order, in other batches', async () => {
      const before = await agent.counts();
      const [a, b, c] = [email('open'), email('bounce', { bounce_classification: 'Content' }), email('open')];
      for (const batch of [[a, b, a], [b, c], [c, a, b], [c]]) {
        expect((await exchange(agent.port, signedEmails(batch))).status).to.equal(204);
      }
      const { twilio, outcomes } = await agent.since(before, 4);
      expect(twilio).to.deep.equal({
        'twilio_email_event_total{event="open"}': 2,
        'twilio_email_event_total{event="bounce"}': 1,
        'twilio_emails_bounced_total{classification="content"}': 1,
      });
      expect(outcomes).to.deep.equal({
        'sendgrid/accepted': 2,
        'sendgrid/duplicate': 2,
        'sendgrid:accepted': 3,
        'sendgrid:duplicate': 6,
      });
    });
  });
});

interface Sample {
  readonly name: string;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}
const FILE = new URL('../fixtures/sendgrid/event-webhook.json', import.meta.url);
const { publicKey, samples }: { publicKey: string; samples: readonly Sample[] } = JSON.parse(
  readFileSync(FILE, 'utf8'),
);

const EVENT = (event: string, count = 1) => ({ [`twilio_email_event_total{event="${event}"}`]: count });
const WANT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'sendgrid.delivered': EVENT('delivered'),
  'sendgrid.batch': {
    ...EVENT('processed'),
    ...EVENT('bounce', 2),
    ...EVENT('deferred'),
    ...EVENT('open'),
    'twilio_emails_bounced_total{classification="frequency_volume"}': 1,
    'twilio_emails_bounced_total{classification="invalid_address"}': 1,
  },
  'sendgrid.console-test': {},
  'sendgrid.long-event-id': EVENT('delivered'),
  'sendgrid.legacy-unsubscribe-no-id': { ...EVENT('unsubscribe'), ...EVENT('delivered') },
  'sendgrid.millisecond-timestamp': EVENT('open'),
  'sendgrid.key-value-arrays': {},
  'sendgrid.old-timestamp': {},
};
const REFUSED: Readonly<Record<string, string>> = {
  'sendgrid.key-value-arrays': 'malformed_json',
  'sendgrid.old-timestamp': 'too_old',
};

describe('receive: the sample batches of SendGrid', () => {
  it('are all judged', () => {
    expect(samples.map(({ name }) => name)).to.have.members(Object.keys(WANT));
  });

  for (const { name, contentType, body, headers } of samples) {
    it(`${name}: counts as it should, and sent twice it counts once`, async () => {
      const agent = await TestAgent.start({ [KEYS]: publicKey });
      try {
        const send = () =>
          exchange(
            agent.port,
            request({ target: '/webhooks/sendgrid', body, headers: { 'Content-Type': contentType, ...headers } }),
          );
        for (let i = 0; i < 2; i++) {
          const answer = await send();
          expect(answer.body.split(':')[0]).to.equal(REFUSED[name] ?? '');
          expect(answer.status).to.equal(REFUSED[name] ? 400 : 204);
        }
        expect((await agent.counts()).twilio).to.deep.equal(WANT[name]);
      } finally {
        await agent.stop();
      }
    });
  }
});

describe('receive: SendGrid, by what is configured', () => {
  let agent: TestAgent;
  afterEach(() => agent.stop());
  const emails = (signer = SIGNER, options = {}) =>
    exchange(agent.port, signedEmails([email()], { signer, ...options }));
  const status = async (sent: ReturnType<typeof exchange>) => (await sent).status;
  const unsigned = () =>
    exchange(
      agent.port,
      request({ target: '/webhooks/sendgrid', body: '[]', headers: { 'Content-Type': 'application/json' } }),
    );

  it('without a key its path is 404, and nothing of it is on the page', async () => {
    agent = await TestAgent.start();
    expect(await status(emails())).to.equal(404);
    expect(await agent.page()).to.not.match(/twilio_email|"sendgrid/);
  });

  it('switched off its path is 404', async () => {
    agent = await TestAgent.start({ ...WITH_KEY, 'receivers.twilio.families.sendgrid.enabled': 'false' });
    expect(await status(emails())).to.equal(404);
  });

  it('with two keys both sign, and it is told which', async () => {
    agent = await TestAgent.start({ [KEYS]: `[${OTHER_SIGNER.shown}, ${SIGNER.shown}]` });
    expect([await status(emails()), await status(emails(OTHER_SIGNER)), await status(emails())]).to.deep.equal([
      204, 204, 204,
    ]);
    const page = await agent.page();
    expect(page).to.include('twilio_agent_signatures_verified_total{token_index="sendgrid_0"} 1');
    expect(page).to.include('twilio_agent_signatures_verified_total{token_index="sendgrid_1"} 2');
  });

  it('with a key and no token e-mails count, and nothing of Twilio’s does', async () => {
    agent = await TestAgent.start({
      ...WITH_KEY,
      'receivers.twilio.auth_token': '',
      'receivers.twilio.public_urls': '',
      'receivers.twilio.require_signature': 'true',
    });
    expect(await status(emails())).to.equal(204);
    expect(await status(unsigned())).to.equal(401);
    const callback = message('sent');
    expect(
      await status(exchange(agent.port, request({ body: new URLSearchParams(callback as never).toString() }))),
    ).to.equal(401);
    expect(await status(exchange(agent.port, signed(callback, { token: TOKEN })))).to.equal(401);
    expect((await agent.counts()).twilio).to.deep.equal(EVENT('delivered'));
    expect(await agent.page()).to.include('twilio_agent_signature_verification 1');
  });

  it('with a key where unsigned callbacks are allowed, e-mails must be signed all the same', async () => {
    agent = await TestAgent.start({
      ...WITH_KEY,
      'receivers.twilio.auth_token': '',
      'receivers.twilio.allow_unsigned': 'true',
    });
    expect(await status(unsigned())).to.equal(401);
    expect(await status(emails(OTHER_SIGNER))).to.equal(401);
    expect(await status(emails())).to.equal(204);
    expect((await agent.counts()).twilio).to.deep.equal(EVENT('delivered'));
  });

  it('its own bound of events is the one that counts, in either direction', async () => {
    agent = await TestAgent.start({
      ...WITH_KEY,
      'receivers.twilio.max_events': '1',
      'receivers.twilio.families.sendgrid.max_events': '2',
    });
    const batch = (count: number) => exchange(agent.port, signedEmails(Array.from({ length: count }, () => email())));
    expect([await status(batch(2)), await status(batch(3))]).to.deep.equal([204, 413]);
  });
});
