import { expect } from 'chai';
import { type Counts, TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, type JsonSigning, messageEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { freshSid, message, OTHER_TOKEN, signed } from './support/wire.ts';

const sent = (sid = freshSid('SM')): Json => messageEvent(sid, 'SENT');
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const HASH = 'a'.repeat(64);

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly options?: JsonSigning;
  readonly status: number;
  /** The outcome of the request. */
  readonly outcome: string;
  /** The outcomes of the events, where any was read. */
  readonly events?: Readonly<Record<string, number>>;
}

const REQUESTS: readonly Row[] = [
  { name: 'a batch of one', value: [sent()], status: 204, outcome: 'accepted', events: { accepted: 1 } },
  { name: 'a single event', value: sent(), status: 204, outcome: 'accepted', events: { accepted: 1 } },
  {
    name: 'a sink whose URL has a query of its own',
    value: [sent()],
    options: { query: 'sink=1' },
    status: 204,
    outcome: 'accepted',
    events: { accepted: 1 },
  },
  {
    name: 'CloudEvents in their own type',
    value: [sent()],
    options: { headers: { 'Content-Type': 'application/cloudevents-batch+json; charset=utf-8' } },
    status: 204,
    outcome: 'accepted',
    events: { accepted: 1 },
  },
  { name: 'an empty batch', value: [], status: 204, outcome: 'ignored' },
  {
    name: 'no signature',
    value: [sent()],
    options: { headers: { 'X-Twilio-Signature': null } },
    status: 401,
    outcome: 'signature_missing',
  },
  {
    name: 'a signature with another token',
    value: [sent()],
    options: { token: OTHER_TOKEN },
    status: 401,
    outcome: 'signature_invalid',
  },
  {
    name: 'a body that was changed',
    value: [sent()],
    options: { hashed: `bodySHA256=${HASH}` },
    status: 401,
    outcome: 'body_hash_mismatch',
  },
  { name: 'no hash of the body', value: [sent()], options: { hashed: '' }, status: 401, outcome: 'body_hash_mismatch' },
  {
    name: 'an empty hash',
    value: [sent()],
    options: { hashed: 'bodySHA256=' },
    status: 401,
    outcome: 'body_hash_mismatch',
  },
  {
    name: 'a hash in capitals',
    value: [sent()],
    options: { hashed: `bodySHA256=${HASH.toUpperCase()}` },
    status: 401,
    outcome: 'body_hash_mismatch',
  },
  {
    name: 'two hashes',
    value: [sent()],
    options: { query: `bodySHA256=${HASH}` },
    status: 401,
    outcome: 'body_hash_mismatch',
  },
  { name: 'a form that is called JSON', value: 'MessageSid=SM1', status: 400, outcome: 'malformed_json' },
  {
    name: 'JSON that is called a form',
    value: [sent()],
    options: { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    status: 415,
    outcome: 'content_type',
  },
  {
    name: 'JSON in UTF-16',
    value: [sent()],
    options: { headers: { 'Content-Type': 'application/json; charset=utf-16' } },
    status: 415,
    outcome: 'content_type',
  },
  {
    name: 'a compressed body',
    value: [sent()],
    options: { headers: { 'Content-Encoding': 'gzip' } },
    status: 415,
    outcome: 'content_encoding',
  },
  { name: '50,000 lists in each other', value: deep(50_000), status: 400, outcome: 'malformed_json' },
  { name: '17 lists in each other', value: deep(17), status: 400, outcome: 'malformed_json' },
  { name: 'a list in a list', value: [[]], status: 400, outcome: 'malformed_json', events: { malformed_json: 1 } },
  { name: 'nothing in a list', value: [null], status: 400, outcome: 'malformed_json', events: { malformed_json: 1 } },
  { name: 'an empty event', value: {}, status: 400, outcome: 'malformed_json', events: { malformed_json: 1 } },
  { name: 'a number', value: '42', status: 400, outcome: 'malformed_json' },
  { name: 'null', value: 'null', status: 400, outcome: 'malformed_json' },
  { name: 'true', value: 'true', status: 400, outcome: 'malformed_json' },
  { name: 'an empty body', value: '', status: 400, outcome: 'malformed_json' },
  {
    name: 'JSON that breaks off',
    value: JSON.stringify([sent()]).slice(0, -3),
    status: 400,
    outcome: 'malformed_json',
  },
  { name: 'NaN', value: '[{"type":"x","id":"y","data":NaN}]', status: 400, outcome: 'malformed_json' },
  { name: 'a byte order mark', value: `\uFEFF${JSON.stringify([sent()])}`, status: 400, outcome: 'malformed_json' },
  { name: 'bytes that are no UTF-8', value: Buffer.from('5b22ff225d', 'hex'), status: 400, outcome: 'malformed_json' },
  { name: 'a name given twice', value: '[{"type":"a","type":"b","id":"c"}]', status: 400, outcome: 'malformed_json' },
  {
    name: 'a name given twice, once escaped',
    value: '[{"type":"a","\\u0074ype":"b","id":"c"}]',
    status: 400,
    outcome: 'malformed_json',
  },
  { name: '__proto__', value: '[{"type":"a","id":"c","__proto__":{"x":1}}]', status: 400, outcome: 'malformed_json' },
  { name: '1,001 events', value: Array.from({ length: 1_001 }, () => 0), status: 413, outcome: 'too_many_events' },
  { name: 'a body over the limit', value: `"${'x'.repeat(1_048_576)}"`, status: 413, outcome: 'body_too_large' },
  {
    name: 'a list where a SID is due',
    value: [messageEvent(freshSid('SM'), 'SENT', { messageSid: [1] })],
    status: 400,
    outcome: 'invalid_field',
    events: { invalid_field: 1 },
  },
  {
    name: 'no SID at all',
    value: [messageEvent(freshSid('SM'), 'SENT', { messageSid: null })],
    status: 400,
    outcome: 'missing_field',
    events: { missing_field: 1 },
  },
  {
    name: 'an event without an id',
    value: [messageEvent(freshSid('SM'), 'SENT', {}, { id: '' })],
    status: 400,
    outcome: 'missing_field',
    events: { missing_field: 1 },
  },
  {
    name: 'an id that is too long',
    value: [messageEvent(freshSid('SM'), 'SENT', {}, { id: 'x'.repeat(257) })],
    status: 400,
    outcome: 'invalid_field',
    events: { invalid_field: 1 },
  },
  {
    name: 'a type that is no text',
    value: [{ type: 7, id: 'x' }],
    status: 400,
    outcome: 'invalid_field',
    events: { invalid_field: 1 },
  },
  {
    name: 'the second of three is bad',
    value: [sent(), messageEvent('SM1', 'SENT'), sent()],
    status: 204,
    outcome: 'accepted',
    events: { accepted: 2, invalid_sid: 1 },
  },
  {
    name: 'a status that nobody knows',
    value: [messageEvent(freshSid('SM'), 'TELEPORTED')],
    status: 204,
    outcome: 'accepted',
    events: { accepted: 1 },
  },
  {
    name: 'a type that nobody knows',
    value: [cloudEvent('com.twilio.brand-new', {})],
    status: 204,
    outcome: 'ignored',
    events: { ignored: 1 },
  },
  {
    name: 'the test event of a sink',
    value: [cloudEvent('com.twilio.eventstreams.test-event', { test_id: 'abc-1' })],
    status: 204,
    outcome: 'ignored',
    events: { ignored: 1 },
  },
  {
    name: 'the deprecated twin of a call event',
    value: [cloudEvent('com.twilio.voice.webhook.status-callback.call.completed', {})],
    status: 204,
    outcome: 'ignored',
    events: { ignored: 1 },
  },
  {
    name: 'an event of another account than the one that signed',
    value: [messageEvent(freshSid('SM'), 'SENT', { accountSid: `AC${'9'.repeat(32)}` })],
    status: 204,
    outcome: 'accepted',
    events: { accepted: 1 },
  },
];

describe('receive: batches of events', () => {
  let agent: TestAgent;
  let last: Counts;
  before(async () => {
    agent = await TestAgent.start();
    last = await agent.counts();
  });
  after(() => agent.stop());

  for (const { name, value, options, status, outcome, events = {} } of REQUESTS) {
    it(`${name}: ${status} ${outcome}`, async () => {
      const answer = await exchange(agent.port, signedJson(value, options));
      expect(answer.status, answer.body).to.equal(status);
      const since = await agent.since(last, 1);
      last = since.now;
      const { outcomes, ofEvents } = split(since.outcomes);
      expect(outcomes).to.deep.equal({ [`events/${outcome}`]: 1 });
      expect(ofEvents).to.deep.equal(events);
      if (status !== 204) expect(since.twilio).to.deep.equal({});
      await agent.good();
      last = await agent.counts();
    });
  }

  it('takes no GET, and says what it takes', async () => {
    const answer = await exchange(agent.port, signedJson('', { method: 'GET' }));
    expect(answer.status).to.equal(405);
    expect(answer.received).to.match(/^Allow: POST\r$/m);
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
      expect(page).to.not.match(/^twilio_message_delivery_duration_seconds_count/m);
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
