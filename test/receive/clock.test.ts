import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { messageEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { call, freshSid, message, signed } from './support/wire.ts';

const HOUR_MS = 3_600_000;
const DELIVERY = 'twilio_message_delivery_duration_seconds_sum';
const RING = 'twilio_call_ring_duration_seconds_sum';
const SKIPPED = 'twilio_agent_durations_skipped_total';

describe('receive: durations and clocks', () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start();
  });
  afterEach(() => agent.stop());

  const sid = freshSid('SM');
  const callSid = freshSid('CA');
  const tell = async (status: string) => exchange(agent.port, signed(message(status, sid)));
  /** A call's status that Twilio says to have come so long after the true time. */
  const ring = (status: string, aheadMs = 0) => {
    const at = new Date(agent.clock.wallMs() + aheadMs).toUTCString().replace('GMT', '+0000');
    return exchange(agent.port, signed(call(status, callSid, ['Timestamp', at]), { target: '/webhooks/call' }));
  };
  const event = (status: string, aheadMs: number) => {
    const timestamp = new Date(agent.clock.wallMs() + aheadMs).toISOString();
    return exchange(agent.port, signedJson([messageEvent(sid, status, { timestamp })]));
  };
  /** The series of the page that are not 0, of those that tell of durations and of what is in flight. */
  const durations = async (): Promise<Readonly<Record<string, number>>> => {
    const found =
      /^(twilio_(?:\w+_duration_seconds_sum|agent_durations_skipped_total\S*|\w+_in_flight\S*)) ([^0\n].*)$/gm;
    return Object.fromEntries(
      [...(await agent.page()).matchAll(found)].map(([, series, value]) => [series, Number(value)]),
    );
  };

  const jumps: readonly (readonly [name: string, byMs: number])[] = [
    ['an hour forward', HOUR_MS],
    ['an hour back', -HOUR_MS],
    ['a day forward', 24 * HOUR_MS],
  ];
  for (const [name, byMs] of jumps) {
    it(`the clock is set ${name} while a message is under way: it took as long as it took`, async () => {
      await tell('sent');
      agent.clock.advance(10_000);
      agent.clock.wallAheadMs = byMs;
      await tell('delivered');
      expect(await durations()).to.deep.equal({ [DELIVERY]: 10, twilio_message_carrier_duration_seconds_sum: 10 });
    });
  }

  it('the machine slept for a night: calls are measured by the times that Twilio signed', async () => {
    await ring('ringing');
    agent.clock.advance(5_000);
    await ring('in-progress');
    agent.clock.wallAheadMs = 8 * HOUR_MS;
    expect((await ring('completed')).status).to.equal(204);
    expect(await durations()).to.deep.equal({ [RING]: 5 });
  });

  it('a call that is answered in the future counts, and is skipped', async () => {
    await ring('ringing');
    expect((await ring('in-progress', 30 * 60_000)).status).to.equal(204);
    expect(await durations()).to.deep.equal({
      [`${SKIPPED}{metric="call_ring",reason="future"}`]: 1,
      'twilio_calls_in_flight{phase="in-progress"}': 1,
    });
  });

  it('a message that is delivered in the future counts, and is skipped for each of its durations', async () => {
    await tell('queued');
    await tell('sent');
    expect((await event('DELIVERED', 2 * HOUR_MS)).status).to.equal(204);
    expect(await durations()).to.deep.equal({
      [`${SKIPPED}{metric="message_delivery",reason="future"}`]: 1,
      [`${SKIPPED}{metric="message_carrier",reason="future"}`]: 1,
    });
  });

  it('what ends before it began is negative, and what took longer than a week is too long', async () => {
    await event('QUEUED', -6.9 * 24 * HOUR_MS);
    await event('SENT', -6.95 * 24 * HOUR_MS);
    agent.clock.advance(24 * HOUR_MS);
    await tell('delivered');
    expect(await durations()).to.deep.equal({
      [`${SKIPPED}{metric="message_queue",reason="negative"}`]: 1,
      [`${SKIPPED}{metric="message_delivery",reason="too_long"}`]: 1,
      [`${SKIPPED}{metric="message_carrier",reason="too_long"}`]: 1,
    });
  });
});
