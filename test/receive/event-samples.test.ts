import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { exchange } from './support/socket.ts';
import { request } from './support/wire.ts';

interface Sample {
  readonly name: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  readonly signature: string;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Samples {
  readonly authToken: string;
  readonly samples: readonly Sample[];
}

const FILE = new URL('../fixtures/events/event-streams.json', import.meta.url);
const { authToken, samples }: Samples = JSON.parse(readFileSync(FILE, 'utf8'));
const byName = new Map(samples.map((sample) => [sample.name, sample]));

const SINK = 'https://otel.example.com/twilio/event-streams';
const MESSAGES = 'https://otel.example.com/twilio/message-status';

/** What a sample counts, by series, and how often it was ignored. */
type Counted = Readonly<Record<string, number>>;

const MESSAGE = (status: string): Counted => ({ [`twilio_message_callback_total{status="${status}"}`]: 1 });
const TWIN = (series: string): Counted => ({
  [series]: 1,
  'twilio_webhook_request_duration_seconds_count{status_class="2xx"}': 1,
});
const WANT: Readonly<Record<string, Counted>> = {
  'event-streams.test-event': {},
  'event-streams.test-event-data-string': {},
  'event-streams.message-sent-object': { ...MESSAGE('sent'), twilio_message_segments_total: 1 },
  'event-streams.message-failed-code-text': {
    ...MESSAGE('failed'),
    twilio_message_segments_total: 1,
    'twilio_messages_failed_total{error_code="30034"}': 1,
    'twilio_messages_failed_by_category_total{error_category="compliance"}': 1,
  },
  'event-streams.message-fallback-fields-missing': {
    ...MESSAGE('undelivered'),
    'twilio_messages_failed_total{error_code="unknown"}': 1,
    'twilio_messages_failed_by_category_total{error_category="other"}': 1,
  },
  'event-streams.inbound-message': { twilio_messages_received_total: 1 },
  'event-streams.call-completed': {
    'twilio_call_callback_total{status="completed"}': 1,
    'twilio_calls_completed_total{call_status="completed"}': 1,
    twilio_call_duration_seconds_count: 1,
    'twilio_webhook_request_duration_seconds_count{status_class="2xx"}': 1,
  },
  'event-streams.call-deprecated-twin': {},
  // Twins of callbacks, which count in the same family.
  'event-streams.amd-detected': TWIN('twilio_amd_callback_total{answered_by="human"}'),
  'event-streams.recording-processed': TWIN('twilio_recording_callback_total{status="completed"}'),
  'event-streams.conference-participant': TWIN('twilio_conference_callback_total{event="participant-join"}'),
  'event-streams.error-log-info': {},
  'event-streams.error-log-same-as-debugger': {
    'twilio_debugger_errors_total{error_category="webhook",product="voice"}': 1,
  },
  'event-streams.taskrouter-task-completed': {
    'twilio_taskrouter_callback_total{event="task.completed"}': 1,
    'twilio_tasks_ended_total{outcome="completed"}': 1,
  },
  'event-streams.conversation-message-added': { 'twilio_conversations_callback_total{event="onMessageAdded"}': 1 },
  'event-streams.call-summary-data-string': {
    'twilio_event_streams_event_total{type="com.twilio.voice.insights.call-summary.complete"}': 1,
  },
  'event-streams.verify-hash-id': { 'twilio_verify_message_total{status="delivered"}': 1 },
  'event-streams.empty-batch': {},
  'event-streams.sink-url-with-query': { ...MESSAGE('sent'), twilio_message_segments_total: 1 },
};

/** The series that Twilio's facts move; durations of requests to webhooks count as one. */
const FACT = /^(twilio_(?!agent_|api_|account_|usage_|error_code_info)\w+(?:_total|_count)(?:\{[^}]*\})?) ([1-9]\d*)$/;

describe('the sample events', () => {
  it('are all judged', () => {
    const all = samples.map(({ name }) => name).filter((name) => name.startsWith('event-streams.'));
    expect(Object.keys(WANT)).to.have.members(all);
  });
});

describe('receive: the sample events', () => {
  let agent: TestAgent;
  const start = async (settings: Readonly<Record<string, string>> = {}) => {
    agent = await TestAgent.start({
      'receivers.twilio.auth_token': authToken,
      'receivers.twilio.families.events.public_urls': SINK,
      'receivers.twilio.families.message.public_urls': MESSAGES,
      ...settings,
    });
  };
  afterEach(() => agent.stop());

  const send = (sample: Sample, headers: Readonly<Record<string, string>> = {}) => {
    const { search, pathname } = new URL(sample.url);
    const path = pathname === new URL(SINK).pathname ? '/webhooks/events' : '/webhooks/message';
    return exchange(
      agent.port,
      request({
        target: path + search,
        body: sample.body,
        headers: {
          'Content-Type': sample.contentType,
          'X-Twilio-Signature': sample.signature,
          ...sample.headers,
          ...headers,
        },
      }),
    );
  };
  const facts = async (): Promise<Counted> => {
    const found = (await agent.page()).split('\n').flatMap((line) => {
      const match = FACT.exec(line);
      return match ? [[match[1]!, Number(match[2])] as const] : [];
    });
    return Object.fromEntries(found);
  };

  for (const [name, want] of Object.entries(WANT)) {
    it(`${name}: counts as it should, and sent twice it counts once`, async () => {
      await start();
      const sample = byName.get(name)!;
      for (let i = 0; i < 2; i++) expect((await send(sample)).status).to.equal(204);
      expect(await facts()).to.deep.equal(want);
    });
  }

  it('the test event is told with the command that validates the sink', async () => {
    await start();
    await send(byName.get('event-streams.test-event')!);
    expect(agent.log.filter((line) => /Sinks\/\$SINK_SID\/Validate -d TestId=[\w-]{36} /.test(line))).to.have.length(1);
  });
});
