import { expect } from 'chai';
import { samples } from '../samples.ts';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { type Pair, signed } from './support/wire.ts';

type Fields = Readonly<Record<string, string>>;

const wrapped =
  (type: string) =>
  (fields: Fields): Json =>
    cloudEvent(`com.twilio.voice.status-callback.${type}`, {
      request: { method: 'POST', url: 'https://app.example/x', parameters: fields },
    });

/** What TaskRouter's events say, as far as it is counted. */
const task = (fields: Fields): Json => {
  const atMs = Number(fields['Timestamp']) * 1_000 + 345;
  const timestamp = fields['Timestamp']!.endsWith('0') ? atMs : new Date(atMs).toISOString();
  const type = fields['EventType']!;
  const payload = { sid: fields['Sid'], eventtype: type, resource_sid: fields['ResourceSid'], timestamp };
  return cloudEvent(`com.twilio.taskrouter.${type}`, { level: 'INFO', timestamp, payload });
};

const kebab = (text: string) => text.replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).toLowerCase();

/** Events of Conversations have the members of its webhooks, and all but how they were told. */
const conversation = ({ EventType, RetryCount: _, Source: __, ...data }: Fields): Json => {
  const [, thing = '', happened = ''] = /^on([A-Z]\w*?)([A-Z][a-z]+)$/.exec(EventType!) ?? [];
  return cloudEvent(`com.twilio.conversations.${kebab(thing)}.${kebab(happened)}`, data);
};

/** By how the names of its samples begin: its feed, and the event that tells the same. */
const TWINS: readonly (readonly [prefix: RegExp, feed: string, event: (fields: Fields) => Json])[] = [
  [/^recording\./, 'recording', wrapped('recording.processed')],
  [/^conference(?:-status)?\.(?!legacy)/, 'conference', wrapped('conference.updated')],
  [/^amd\./, 'amd', wrapped('amd.detected')],
  [/^stream\./, 'stream', wrapped('stream.updated')],
  [/^realtime-transcription\.(?!content|error-without)/, 'transcription', wrapped('transcription.processed')],
  [/^(?:record-transcription|transcription)\./, 'transcription', wrapped('transcription.processed')],
  [/^taskrouter\.(?!assignment)/, 'taskrouter', task],
  [/^conversations\./, 'conversations', conversation],
];
const SAMPLES = [...samples('other/products.json'), ...samples('other/form.json')];
const FACT = /^twilio_(?!agent_|webhook_)\w+_total(?:\{[^}]*\})? [1-9]\d*$/;

describe('receive: what a callback and Event Streams both tell', () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start();
  });
  afterEach(() => agent.stop());
  const take = async (bytes: Buffer) => expect((await exchange(agent.port, bytes)).status).to.equal(204);
  const facts = async () => (await agent.page()).split('\n').filter((line) => FACT.test(line));

  for (const [prefix, feed, eventOf] of TWINS) {
    for (const { name, body } of SAMPLES.filter((sample) => prefix.test(sample.name))) {
      const pairs: Pair[] = [...new URLSearchParams(body)];
      const callback = () => signed(pairs, { target: `/webhooks/${feed}` });
      // Each time it is an event with another id: only what it tells says that it is the same.
      const event = () => signedJson([eventOf(Object.fromEntries(pairs))]);

      it(`${name}: counts once, the callback first`, async () => {
        await take(callback());
        const counted = await facts();
        expect(counted).to.not.deep.equal([]);
        await take(event());
        await take(event());
        expect(await facts()).to.deep.equal(counted);
      });

      it(`${name}: counts once, the event first, which shows the family's other series`, async () => {
        await take(event());
        const counted = await facts();
        expect(counted).to.not.deep.equal([]);
        expect(await agent.page()).to.match(new RegExp(`^twilio_${feed}_callback_total\\{.*"other"\\} [01]$`, 'm'));
        await take(callback());
        await take(event());
        expect(await facts()).to.deep.equal(counted);
      });
    }
  }
});

describe('receive: events of TaskRouter and Conversations that lack something', () => {
  let agent: TestAgent;
  before(async () => {
    agent = await TestAgent.start();
  });
  after(() => agent.stop());
  const sid = (prefix: string) => prefix + 'c5'.repeat(16);
  const good = { eventtype: 'task.created', resource_sid: sid('WT'), timestamp: '2026-10-14T12:03:12.345Z' };
  const CASES: readonly (readonly [name: string, event: Json, reason: string])[] = [
    ['a task without a payload', cloudEvent('com.twilio.taskrouter.task.created', {}), 'missing_field'],
    ...['eventtype', 'resource_sid', 'timestamp'].map(
      (name) =>
        [
          `a task without ${name}`,
          cloudEvent('com.twilio.taskrouter.task.created', { payload: { ...good, [name]: null } }),
          'missing_field',
        ] as const,
    ),
    [
      'a task at no time',
      cloudEvent('com.twilio.taskrouter.task.created', { payload: { ...good, timestamp: 'noon' } }),
      'invalid_field',
    ],
    [
      'a task of long ago',
      cloudEvent('com.twilio.taskrouter.task.created', { payload: { ...good, timestamp: '2020-01-01T00:00:00Z' } }),
      'too_old',
    ],
    [
      'a task that is a message',
      cloudEvent('com.twilio.taskrouter.task.created', { payload: { ...good, resource_sid: sid('SM') } }),
      'invalid_sid',
    ],
    [
      'a message without its SID',
      cloudEvent('com.twilio.conversations.message.added', { ConversationSid: sid('CH') }),
      'missing_field',
    ],
  ];
  for (const [name, event, reason] of CASES) {
    it(`${name}: ${reason}`, async () => {
      const { outcomes } = await agent.counts();
      expect((await exchange(agent.port, signedJson([event]))).status).to.equal(400);
      const since = await agent.since({ outcomes, twilio: {} }, 2);
      expect(since.outcomes).to.deep.equal({ [`events/${reason}`]: 1, [`events:${reason}`]: 1 });
    });
  }

  it('the expression of a task queue has another name there', async () => {
    const payload = { ...good, eventtype: 'task-queue.expression-updated', resource_sid: sid('WQ') };
    const event = cloudEvent('com.twilio.taskrouter.task-queue.expression-updated', { payload });
    expect((await exchange(agent.port, signedJson([event]))).status).to.equal(204);
    expect(await agent.page()).to.match(
      /^twilio_taskrouter_callback_total\{event="task-queue\.expression\.updated"\} 1$/m,
    );
  });
});
