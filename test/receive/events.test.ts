import { expect } from 'chai';
import { BATCHES } from './rows/batches.ts';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { type Json, messageEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { freshSid, message, signed } from './support/wire.ts';

describe('receive: batches of events', () => {
  let agent: TestAgent;
  let last: Counts;
  before(async () => {
    agent = await TestAgent.start();
    last = await agent.counts();
  });
  after(() => agent.stop());

  for (const [title, rows] of Object.entries(BATCHES)) {
    describe(title, () => {
      for (const [name, bytes, status, outcome, events = {}] of rows) {
        it(`${name}: ${status} ${outcome}`, async () => {
          const answer = await exchange(agent.port, bytes());
          expect(answer.status, answer.body).to.equal(status);
          if (status === 401) expect(answer.body).to.equal('Invalid signature');
          const since = await agent.since(last, 1 + total(events));
          last = since.now;
          const { outcomes, ofEvents } = split(since.outcomes);
          expect(outcomes).to.deep.equal({ [`events/${outcome}`]: 1 });
          expect(ofEvents).to.deep.equal(events);
          const callbacks = Object.entries(since.twilio).filter(([series]) => series.includes('_callback_total'));
          expect(total(Object.fromEntries(callbacks))).to.equal(events['accepted'] ?? 0);
          await agent.good();
          last = await agent.counts();
        });
      }
    });
  }

  describe('all of it', () => {
    it('logs at most one line for each reason, and of each type that it does not know one', () => {
      const lines = agent.log.map((line) => JSON.parse(line).msg as string);
      const refused = lines.filter((msg) => msg.startsWith('refused')).map((msg) => msg.split(': ')[1]);
      expect(refused).to.have.length(new Set(refused).size);
      expect(lines.filter((msg) => msg.includes('is not known to this version: counted as other'))).to.deep.equal([
        'events: the type com.twilio.brand-new is not known to this version: counted as other',
        'events: a type is not known to this version: counted as other',
      ]);
      expect(lines.filter((msg) => /TestId=[0-9a-f-]{36} /.test(msg))).to.have.length(1);
    });

    it('leaves the prototype of objects alone', () => {
      expect(Object.keys(Object.prototype)).to.deep.equal([]);
      expect(({} as Record<string, unknown>)['type']).to.equal(undefined);
    });

    it('takes no GET, and says what it takes', async () => {
      const answer = await exchange(agent.port, signedJson('', { method: 'GET' }));
      expect(answer.status).to.equal(405);
      expect(answer.received).to.match(/^Allow: POST\r$/m);
    });
  });
});

describe('receive: one fact on two roads', () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start();
  });
  afterEach(() => agent.stop());

  const callback = (status: string, sid: string) => exchange(agent.port, signed(message(status, sid)));
  const batch = (...events: readonly Json[]) => exchange(agent.port, signedJson(events));
  const SENT = 'twilio_message_callback_total{status="sent"}';

  it('counts once, by a status callback and then by Event Streams, which alone knows the segments', async () => {
    const sid = freshSid('SM');
    await callback('sent', sid);
    await batch(messageEvent(sid, 'SENT', { numberOfSegments: 3 }));
    await batch(messageEvent(sid, 'SENT', { numberOfSegments: 3 }));
    await callback('sent', sid);
    const { twilio, outcomes } = await agent.counts();
    expect(twilio).to.deep.equal({ [SENT]: 1, twilio_message_segments_total: 3 });
    expect(outcomes).to.deep.equal({
      'message/accepted': 1,
      'message/duplicate': 1,
      'events/duplicate': 2,
      'events:duplicate': 2,
    });
  });

  it('counts once, by Event Streams and then by a status callback', async () => {
    const sid = freshSid('SM');
    await batch(
      messageEvent(sid, 'FAILED', { errorCode: 30034 }),
      messageEvent(sid, 'SENT', { numberOfSegments: '2' }),
    );
    await callback('sent', sid);
    await callback('failed', sid);
    const { twilio } = await agent.counts();
    expect(twilio).to.deep.equal({
      [SENT]: 1,
      'twilio_message_callback_total{status="failed"}': 1,
      'twilio_messages_failed_total{error_code="30034"}': 1,
      'twilio_messages_failed_by_category_total{error_category="compliance"}': 1,
      twilio_message_segments_total: 2,
    });
  });

  it('counts once what is twice in one batch, and what comes again in another order', async () => {
    const [a, b] = [freshSid('SM'), freshSid('SM')];
    const one = messageEvent(a, 'SENT');
    const two = messageEvent(b, 'SENT');
    await batch(one, two, one);
    await batch(two, one);
    const { twilio, outcomes } = await agent.counts();
    expect(twilio).to.deep.equal({ [SENT]: 2 });
    expect(outcomes).to.deep.equal({
      'events/accepted': 1,
      'events/duplicate': 1,
      'events:accepted': 2,
      'events:duplicate': 3,
    });
  });

  const absurd = ['0001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', -5, 'yesterday', null, undefined];
  for (const timestamp of absurd) {
    it(`counts an event whose time is ${timestamp}, and makes no duration of it`, async () => {
      const sid = freshSid('SM');
      await batch(messageEvent(sid, 'QUEUED'));
      await batch(messageEvent(sid, 'DELIVERED', { timestamp }));
      const page = await agent.page();
      expect(page).to.match(/^twilio_messages_delivered_total 1$/m);
      expect(page).to.match(/^twilio_message_delivery_duration_seconds_count 0$/m);
      expect(page).to.match(/^twilio_agent_durations_skipped_total\{metric="message_delivery",reason="no_time"\} 1$/m);
    });
  }

  it('refuses an event from before the window: nobody remembers whether it was counted', async () => {
    const answer = await batch(messageEvent(freshSid('SM'), 'SENT', { timestamp: '2026-10-01T00:00:00Z' }));
    expect([answer.status, answer.body]).to.satisfy(
      ([status, body]: [number, string]) => status === 400 && body.startsWith('too_old'),
    );
  });

  it('measures by the times that were signed', async () => {
    const sid = freshSid('SM');
    await batch(
      messageEvent(sid, 'DELIVERED', { timestamp: '2026-10-14T12:03:42.000Z' }),
      messageEvent(sid, 'SENT', { timestamp: '2026-10-14T12:03:12.000Z' }),
      messageEvent(sid, 'QUEUED', { timestamp: '2026-10-14T12:03:10.000Z' }),
    );
    const page = await agent.page();
    expect(page).to.match(/^twilio_message_carrier_duration_seconds_sum 30$/m);
    expect(page).to.match(/^twilio_message_queue_duration_seconds_sum 2$/m);
  });
});

/** The outcomes of requests, and those of events. */
function split(outcomes: Readonly<Record<string, number>>) {
  const entries = Object.entries(outcomes);
  return {
    outcomes: Object.fromEntries(entries.filter(([name]) => !name.startsWith('events:'))),
    ofEvents: Object.fromEntries(
      entries.filter(([name]) => name.startsWith('events:')).map(([name, count]) => [name.slice(7), count]),
    ),
  };
}
