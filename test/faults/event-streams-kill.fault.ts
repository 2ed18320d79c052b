import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { AgentProcess, freePort, pause, temporaryFolder } from './support/agent.ts';
import { sendOnce } from './support/connection.ts';
import { figure, LONG } from './support/hooks.ts';
import { sample, scrape } from './support/oracle.ts';
import { ACCOUNT, signedEvents, signedRequest } from './support/requests.ts';

const sid = (prefix: string) => prefix + randomBytes(16).toString('hex');

interface Event {
  readonly type: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const event = (type: string, data: Event['data'], id = sid('EZ')): Event => ({ type: `com.twilio.${type}`, id, data });
const ofMessage = (messageSid: string, status: string): Event =>
  event(`messaging.message.${status}`, { messageSid, accountSid: ACCOUNT, messageStatus: status.toUpperCase() });

describe('kill -9 and Event Streams', () => {
  let port: number;
  let storageDir: string;
  let agent: AgentProcess;
  beforeEach(async () => {
    port = await freePort();
    storageDir = temporaryFolder();
    agent = await AgentProcess.start({ port, storageDir });
  });
  async function killed(): Promise<void> {
    agent.kill('SIGKILL');
    await agent.exited;
    agent = await AgentProcess.start({ port, storageDir });
  }
  const batch = async (...events: readonly Event[]) =>
    expect(await sendOnce(port, signedEvents(port, events))).to.equal(204);
  const callback = async (MessageSid: string, MessageStatus: string) => {
    const bytes = signedRequest(port, '/webhooks/message', { MessageSid, MessageStatus, AccountSid: ACCOUNT });
    expect(await sendOnce(port, bytes)).to.equal(204);
  };
  const sent = async () => sample(await scrape(port), 'twilio_message_callback_total{status="sent"}');

  it('between the two roads of a fact: it counts once, whichever told first', async () => {
    const [a, b] = [sid('SM'), sid('SM')];
    await batch(ofMessage(a, 'sent'));
    await callback(b, 'sent');
    await killed();
    expect(await sent()).to.equal(2);
    await callback(a, 'sent');
    await batch(ofMessage(b, 'sent'));
    expect(await sent()).to.equal(2);
  });

  it('between an event and its copy: every kind of event counts once', async () => {
    const response = { responseCode: 200, requestDuration: 140 };
    const events = [
      event('messaging.inbound-message.received', { messageSid: sid('SM') }),
      event('error-logs.error.logged', { sid: sid('NO'), level: 'ERROR', error_code: '30003' }),
      event('accountsecurity.verify.message.delivered', {}, randomBytes(32).toString('hex')),
      event('accountsecurity.verify.verification.approved', {}),
      event('voice.twiml.request.failed', {}),
      event('voice.status-callback.announcement.processed', { response }),
      event('brand-new', {}),
    ];
    await batch(...events);
    const facts = async () =>
      (await scrape(port))
        .split('\n')
        .filter((line) => /^twilio_(?!agent_|api_).* [1-9]/.test(line))
        .sort();
    const before = await facts();
    expect(before.filter((line) => / 1$/.test(line)).length).to.be.at.least(events.length);
    await killed();
    expect(await facts(), 'after the restart').to.deep.equal(before);
    const zero = 'twilio_agent_events_total{feed="events",outcome="too_old"}';
    expect(sample(await scrape(port), zero), 'the feed is known to be in use').to.equal(0);
    await batch(...events.toReversed());
    expect(await facts(), 'told again').to.deep.equal(before);
    expect(sample(await scrape(port), 'twilio_agent_events_total{feed="events",outcome="duplicate"}')).to.equal(6);
  });

  const kills = LONG ? 20 : 5;
  it(`${kills} times in the middle of batches: each is counted whole or not at all`, async function () {
    this.timeout(kills * 20_000);
    const SIZE = 40;
    let all = 0;
    let whole = 0;
    for (let i = 0; i < kills; i++) {
      const batches = Array.from({ length: 300 }, () =>
        signedEvents(
          port,
          Array.from({ length: SIZE }, () => ofMessage(sid('SM'), 'sent')),
        ),
      );
      let acknowledged = 0;
      const sending = batches.map(async (bytes, at) => {
        await pause(at * 2);
        if ((await sendOnce(port, bytes)) === 204) acknowledged++;
      });
      await pause(100 + Math.random() * 400);
      await killed();
      await Promise.all(sending);
      const counted = (await sent()) ?? 0;
      expect(counted % SIZE, `${counted} events of batches of ${SIZE}`).to.equal(0);
      expect(counted / SIZE - all).to.be.at.least(acknowledged);
      whole += acknowledged;
      for (const bytes of batches) expect(await sendOnce(port, bytes)).to.equal(204);
      all += batches.length;
      expect(await sent(), 'sent again until they are acknowledged').to.equal(all * SIZE);
    }
    figure(`${all} batches of ${SIZE} events, ${kills} kills, ${whole} batches acknowledged the first time`);
    expect(await agent.stop()).to.equal(0);
  });
});
