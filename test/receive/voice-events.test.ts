import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { freshSid, PUBLIC_URL } from './support/wire.ts';

const APP = 'https://app.example/call';
const announcement = (response: unknown, request: unknown = { url: APP }): Json =>
  cloudEvent('com.twilio.voice.status-callback.announcement.processed', { request, response });
const answered = (responseCode: unknown, requestDuration: unknown): Json =>
  announcement({ responseCode, requestDuration });

/** What of an answer is observed: the class of its status and the seconds that it took, or nothing. */
const CASES: readonly (readonly [name: string, event: Json, seen: string | undefined])[] = [
  ['an answer', answered(200, 140), '2xx 0.14'],
  ['numbers as text', answered('204', '140.5'), '2xx 0.1405'],
  ['a redirection', answered(301, 10), '3xx 0.01'],
  ['a refusal', answered(404, 10), '4xx 0.01'],
  ['a failure', answered(503, 2_000), '5xx 2'],
  ['an odd status', answered(999, 10), 'other 0.01'],
  ['no answer at all', answered(null, 15_000), 'none 15'],
  ['the status 0', answered(0, 15_000), 'none 15'],
  ['no status', announcement({ requestDuration: 15_000 }), 'none 15'],
  ['an answer in no time', answered(200, 0), '2xx 0'],
  ['no duration', answered(200, null), undefined],
  ['a negative duration', answered(200, -5), undefined],
  ['a duration that is true', answered(200, true), undefined],
  ['a duration that is a list', answered(200, [140]), undefined],
  ['a duration beyond all sense', answered(200, 1e9), undefined],
  ['a duration in words', answered(200, 'long'), undefined],
  ['no response', announcement(undefined), undefined],
  ['a response that is a text', announcement('{}'), undefined],
  ['a request that is a text', announcement({ responseCode: 200, requestDuration: 140 }, 'x'), '2xx 0.14'],
  [
    'a request to this agent',
    announcement({ responseCode: 204, requestDuration: 9 }, { url: `${PUBLIC_URL}/webhooks/call` }),
    undefined,
  ],
];

const SUM = /^twilio_webhook_request_duration_seconds_sum\{status_class="(\w+)"\} (\S+)$/m;

describe("receive: how the user's webhooks answered", () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start();
  });
  afterEach(() => agent.stop());

  for (const [name, event, seen] of CASES) {
    it(`${name}: ${seen ?? 'nothing'}`, async () => {
      for (let i = 0; i < 2; i++) expect((await exchange(agent.port, signedJson([event]))).status).to.equal(204);
      const page = await agent.page();
      expect(SUM.exec(page)?.slice(1).join(' ')).to.equal(seen);
      expect(page).to.match(
        /^twilio_event_streams_event_total\{type="com.twilio.voice.status-callback.announcement.processed"\} 1$/m,
      );
    });
  }

  it('a call counts although its webhook was this agent, or broken', async () => {
    const parameters = { CallSid: freshSid('CA'), CallStatus: 'completed' };
    const type = 'com.twilio.voice.status-callback.call.completed';
    const data = { request: { url: `${PUBLIC_URL}/webhooks/call`, parameters }, response: { responseCode: [] } };
    expect((await exchange(agent.port, signedJson(cloudEvent(type, data)))).status).to.equal(204);
    const page = await agent.page();
    expect(page).to.match(/^twilio_calls_completed_total\{call_status="completed"\} 1$/m);
    expect(page).to.not.match(SUM);
  });
});
