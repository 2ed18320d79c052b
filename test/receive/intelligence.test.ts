import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Batch } from './rows/batches.ts';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { type Json, type JsonSigning, sha256, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { ACCOUNT, message, OTHER_TOKEN, type Pair, request, signed, TOKEN, without } from './support/wire.ts';

let last = 0;
const freshTranscript = () => `GT${(++last).toString(16).padStart(32, '0')}`;
const transcript = (more: Json = {}): Json => ({
  account_sid: ACCOUNT,
  service_sid: `GA${'e8'.repeat(16)}`,
  transcript_sid: freshTranscript(),
  customer_key: 'order-of-wilhelmina',
  event_type: 'voice_intelligence_transcript_available',
  ...more,
});
const result = (more: Json = {}): Json => ({
  id: `intelligence_operatorresult_${++last}`,
  outputFormat: 'TEXT',
  result: 'Wilhelmina is content',
  executionDetails: { trigger: { on: 'CONVERSATION_END', timestamp: '2026-10-14T20:41:52.387426051Z' } },
  ...more,
});
const results = (...operatorResults: readonly unknown[]): Json => ({ accountId: ACCOUNT, operatorResults });

/** A POST to the path, as Twilio signs it. */
function post(value: unknown, options: JsonSigning = {}): Buffer {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  const { hashed = (hash: string) => `bodySHA256=${hash}` } = options;
  const query = typeof hashed === 'string' ? hashed : hashed(sha256(body));
  return signedJson(body, { ...options, target: `/webhooks/intelligence${query === '' ? '' : `?${query}`}` });
}

const taken = (name: string, value: () => unknown, count = 1): Batch => [
  name,
  () => post(value()),
  204,
  'accepted',
  { accepted: count },
];
const unusable = (reason: string, name: string, value: () => unknown): Batch => [
  name,
  () => post(value()),
  400,
  reason,
  { [reason]: 1 },
];
const refused = (status: number, reason: string, name: string, value: () => unknown, options?: JsonSigning): Batch => [
  name,
  () => post(value(), options),
  status,
  reason,
];
/** The same as a form, which has no hash: its parameters are signed. */
const formOf = (more: Readonly<Record<string, string>> = {}): Pair[] =>
  Object.entries({ ...(transcript() as Record<string, string>), ...more });
const form = (
  status: number,
  outcome: string,
  name: string,
  pairs: () => readonly Pair[],
  options: Parameters<typeof signed>[1] = {},
): Batch => [name, () => signed(pairs(), { target: '/webhooks/intelligence', ...options }), status, outcome];
const twice = (name: string) => JSON.stringify(transcript()).replace(`"${name}":`, `"${name}":"x","${name}":`);

const ROWS: readonly Batch[] = [
  taken('a transcript', () => transcript()),
  taken('a transcript without a key of the customer', () => transcript({ customer_key: undefined })),
  taken('an event that nobody knows', () => transcript({ event_type: 'transcript_sung' })),
  taken('members that nobody knows', () => transcript({ toString: [], nested: { a: [1] } })),
  taken('one result', () => results(result())),
  taken('three results', () => results(result(), result(), result()), 3),
  taken('what started it that nobody knows', () => results(result({ executionDetails: { trigger: { on: 'MOON' } } }))),
  ['no result', () => post(results()), 204, 'ignored'],
  ['an empty list', () => post([]), 204, 'ignored'],
  [
    'the second result of three is bad',
    () => post(results(result(), result({ id: [] }), result())),
    204,
    'accepted',
    { accepted: 2, invalid_field: 1 },
  ],
  unusable('missing_field', 'no SID', () => transcript({ transcript_sid: '' })),
  unusable('invalid_sid', "a call's SID", () => transcript({ transcript_sid: `CA${'0'.repeat(32)}` })),
  unusable('invalid_sid', 'a SID in capitals', () => transcript({ transcript_sid: `GT${'B'.repeat(32)}` })),
  unusable('invalid_field', 'a list where a SID is due', () => transcript({ transcript_sid: [freshTranscript()] })),
  unusable('missing_field', 'no event', () => transcript({ event_type: null })),
  unusable('invalid_field', 'an event with control characters', () => transcript({ event_type: 'a\u0000' })),
  unusable('malformed_json', 'an empty object', () => ({})),
  unusable('malformed_json', 'a list in a list', () => [[]]),
  unusable('malformed_json', 'nothing in a list', () => [null]),
  unusable('malformed_json', 'a SID given twice', () => twice('transcript_sid')),
  unusable('invalid_field', 'results that are an object', () => ({ operatorResults: {} })),
  unusable('invalid_field', 'a result that is a number', () => results(7)),
  unusable('missing_field', 'a result that is nothing', () => results(null)),
  unusable('missing_field', 'a result without an id', () => results(result({ id: '' }))),
  unusable('missing_field', 'a result that nothing started', () => results(result({ executionDetails: {} }))),
  unusable('invalid_field', 'a result of which that is a list', () => results(result({ executionDetails: [] }))),
  refused(400, 'malformed_json', 'a number', () => '42'),
  refused(400, 'malformed_json', 'JSON that breaks off', () => JSON.stringify(transcript()).slice(0, -1)),
  refused(400, 'malformed_json', 'a byte order mark', () => `\uFEFF${JSON.stringify(transcript())}`),
  refused(400, 'malformed_json', '__proto__', () => '{"__proto__":{"transcript_sid":"a"}}'),
  refused(400, 'malformed_json', '50,000 lists in each other', () => `${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  refused(401, 'signature_invalid', 'another token', transcript, { token: OTHER_TOKEN }),
  refused(401, 'signature_missing', 'no signature', transcript, { headers: { 'X-Twilio-Signature': null } }),
  refused(401, 'body_hash_mismatch', 'another hash', transcript, { hashed: `bodySHA256=${'a'.repeat(64)}` }),
  refused(401, 'body_hash_mismatch', 'no hash', transcript, { hashed: '' }),
  refused(401, 'body_hash_mismatch', 'a hash in capitals', transcript, {
    hashed: (hash) => `bodySHA256=${hash.toUpperCase()}`,
  }),
  refused(413, 'body_too_large', '1 MiB and a byte', () => JSON.stringify(transcript()).padEnd(1_048_577)),
  form(204, 'accepted', 'a form', () => formOf()),
  form(204, 'accepted', 'a form without a key of the customer', () => without(formOf(), 'customer_key')),
  form(204, 'accepted', 'an event that nobody knows, in a form', () => formOf({ event_type: 'transcript_sung' })),
  form(400, 'missing_field', 'a form without a SID', () => without(formOf(), 'transcript_sid')),
  form(400, 'invalid_sid', "a call's SID in a form", () => formOf({ transcript_sid: `CA${'0'.repeat(32)}` })),
  form(400, 'missing_field', 'a form without an event', () => without(formOf(), 'event_type')),
  form(400, 'duplicate_parameter', 'a form with two events', () => [...formOf(), ['event_type', 'x']]),
  form(400, 'duplicate_parameter', 'a form with two accounts', () => [...formOf(), ['account_sid', ACCOUNT]]),
  form(400, 'wrong_feed', 'the callback of a message', () => message()),
  form(401, 'signature_invalid', 'a form, signed with another token', () => formOf(), { token: OTHER_TOKEN }),
  form(415, 'content_type', 'a form in another encoding', () => formOf(), {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=latin1' },
  }),
  form(413, 'body_too_large', 'a form of 64 KiB and a byte', () => formOf({ customer_key: 'k'.repeat(65_536) })),
];

describe('receive: webhooks of Conversational Intelligence', () => {
  let agent: TestAgent;
  let before: Counts;
  beforeEach(async () => {
    agent ??= await TestAgent.start();
    before = await agent.counts();
  });
  after(() => agent.stop());

  for (const [name, bytes, status, outcome, events = {}] of ROWS) {
    it(`${name}: ${status} ${outcome}`, async () => {
      const answer = await exchange(agent.port, bytes());
      expect(answer.status, answer.body).to.equal(status);
      if (status === 401) expect(answer.body).to.equal('Invalid signature');
      const { outcomes, twilio } = await agent.since(before, 1 + total(events));
      const ofEvents = Object.entries(events).map(([key, count]) => [`intelligence:${key}`, count]);
      expect(outcomes).to.deep.equal({ [`intelligence/${outcome}`]: 1, ...Object.fromEntries(ofEvents) });
      // A form holds one event, which has no outcome of its own.
      expect(total(twilio)).to.equal(events['accepted'] ?? (outcome === 'accepted' ? 1 : 0));
      await agent.good();
    });
  }

  it('each counts once: sent again, and a result in another body', async () => {
    const [one, a, b] = [transcript(), result(), result()];
    for (const body of [one, results(a, b), one, results(b, a, a), results(a)]) await exchange(agent.port, post(body));
    const { twilio } = await agent.since(before, 5);
    expect(twilio).to.deep.equal({
      'twilio_intelligence_callback_total{event="voice_intelligence_transcript_available"}': 1,
      'twilio_intelligence_callback_total{event="conversation_end"}': 2,
    });
  });

  it('counts once, whether it comes as JSON or as a form', async () => {
    const pairs = formOf();
    for (const bytes of [signed(pairs, { target: '/webhooks/intelligence' }), post(Object.fromEntries(pairs))]) {
      expect((await exchange(agent.port, bytes)).status).to.equal(204);
    }
    const { twilio } = await agent.since(before, 3);
    expect(total(twilio)).to.equal(1);
  });

  it("chooses a form's key by the account that it names in small letters", async () => {
    const other = `AC${'b2'.repeat(16)}`;
    const accounts = [
      { account_sid: ACCOUNT, auth_tokens: [TOKEN] },
      { account_sid: other, auth_tokens: [OTHER_TOKEN] },
    ];
    const settings = { 'receivers.twilio.auth_token': '', 'receivers.twilio.accounts': JSON.stringify(accounts) };
    const two = await TestAgent.start(settings);
    try {
      const target = '/webhooks/intelligence';
      const own = signed(formOf({ account_sid: other }), { target, token: OTHER_TOKEN });
      const foreign = signed(formOf({ account_sid: other }), { target });
      const nobody = signed(without(formOf(), 'account_sid'), { target });
      const answers = [];
      for (const bytes of [own, foreign, nobody]) answers.push((await exchange(two.port, bytes)).status);
      expect(answers).to.deep.equal([204, 401, 401]);
    } finally {
      await two.stop();
    }
  });

  it('tells nothing of what was said', () => {
    expect(agent.log.join('')).to.not.match(/wilhelmina/i);
  });
});

interface Sample {
  readonly name: string;
  readonly url: string;
  readonly body: string;
  readonly signature: string;
}
const FILE = new URL('../fixtures/intelligence/webhook.json', import.meta.url);
const { authToken, samples }: { authToken: string; samples: readonly Sample[] } = JSON.parse(
  readFileSync(FILE, 'utf8'),
);
const EVENT = (event: string) => ({ [`twilio_intelligence_callback_total{event="${event}"}`]: 1 });
const WANT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'intelligence.transcript-available': EVENT('voice_intelligence_transcript_available'),
  'intelligence.v2-no-customer-key': EVENT('voice_intelligence_transcript_available'),
  'intelligence.v3-rule': EVENT('communication'),
  'intelligence.v3-no-results': {},
};

describe('receive: the sample webhooks of Conversational Intelligence', () => {
  it('are all judged', () => {
    expect(samples.map(({ name }) => name)).to.have.members(Object.keys(WANT));
  });

  for (const { name, url, body, signature: given } of samples) {
    it(`${name}: counts as it should, and sent twice it counts once`, async () => {
      const { search, origin, pathname } = new URL(url);
      const agent = await TestAgent.start({
        'receivers.twilio.auth_token': authToken,
        'receivers.twilio.families.intelligence.public_urls': origin + pathname,
      });
      try {
        const headers = { 'Content-Type': 'application/json', 'X-Twilio-Signature': given };
        const bytes = request({ target: `/webhooks/intelligence${search}`, body, headers });
        for (let i = 0; i < 2; i++) expect((await exchange(agent.port, bytes)).status).to.equal(204);
        expect((await agent.counts()).twilio).to.deep.equal(WANT[name]);
      } finally {
        await agent.stop();
      }
    });
  }
});
