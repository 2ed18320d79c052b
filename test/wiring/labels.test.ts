import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestAgent } from '../receive/support/agent.ts';
import { messageEvent, signedJson } from '../receive/support/json.ts';
import { exchange } from '../receive/support/socket.ts';
import { freshSid, signed } from '../receive/support/wire.ts';

const OTP = `MG${'0a'.repeat(16)}`;
const ON = { 'service.pipelines.metrics.processors': '[labels]' };
const ALL = {
  ...ON,
  ...Object.fromEntries(
    ['country', 'channel', 'direction', 'sender', 'carrier'].map((name) => [`processors.labels.${name}`, 'true']),
  ),
  'processors.labels.messaging_service': `{${OTP}: otp}`,
};
const INDIA = '+919876543210';
const BRITAIN = '+447400123456';

type Pairs = Readonly<Record<string, string>>;
const pairs = (given: Pairs): [string, string][] => Object.entries(given);
const sms = (sid: string, status: string, more: Pairs = {}) =>
  pairs({ MessageSid: sid, MessageStatus: status, To: INDIA, From: '+15017122661', MessagingServiceSid: OTP, ...more });
const call = (sid: string, status: string, more: Pairs = {}) =>
  pairs({ CallSid: sid, CallStatus: status, Direction: 'outbound-api', To: BRITAIN, From: '+15017122661', ...more });

describe('labels on request', () => {
  let agent: TestAgent;
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'labels-'))));
  afterEach(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const onDisk = () => ({
    'receivers.twilio.storage': 'file_storage',
    'service.extensions': '[file_storage]',
    'extensions.file_storage.directory': folder,
  });
  const start = async (settings: Pairs = {}) => (agent = await TestAgent.start({ ...onDisk(), ...settings }));
  const restart = async (settings: Pairs = {}) => {
    await agent.stop();
    return start(settings);
  };
  const post = async (feed: 'message' | 'call', given: readonly [string, string][]) => {
    const { status, received } = await exchange(agent.port, signed([...given], { target: `/webhooks/${feed}` }));
    expect(status, received).to.equal(204);
  };
  const event = async (sid: string, status: string, data: Readonly<Record<string, unknown>>) =>
    expect((await exchange(agent.port, signedJson([messageEvent(sid, status, data)]))).status).to.equal(204);
  /** What stands above nothing, of the metrics that begin so. */
  const shown = async (name: string): Promise<string[]> =>
    (await agent.page()).split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));

  it('are absent where they are configured and the pipeline does not name them: the page is the same to the byte', async () => {
    const page = async (settings: Pairs) => {
      agent = await TestAgent.start(settings);
      await post('message', sms(`SM${'1a'.repeat(16)}`, 'sent'));
      await post('call', call(`CA${'1a'.repeat(16)}`, 'ringing'));
      const twilio = (await agent.page()).split('\n').filter((line) => /twilio_(?!agent_scrape)/.test(line));
      await agent.stop();
      return twilio;
    };
    const { 'service.pipelines.metrics.processors': _off, ...configured } = ALL;
    const without = await page({});
    expect(without.length).to.be.greaterThan(100);
    expect(await page(configured)).to.deep.equal(without);
    await start();
  });

  it('stand on counters and durations of messages and calls, and on nothing else', async () => {
    await start(ALL);
    const sid = freshSid('SM');
    await post('message', sms(sid, 'sent'));
    await post('message', sms(sid, 'delivered'));
    const labels =
      'country="IN",channel="sms",direction="outbound",sender="long_code",carrier="unknown",messaging_service="otp"';
    expect(await shown('twilio_message_callback_total')).to.deep.equal([
      `twilio_message_callback_total{status="sent",${labels}} 1`,
      `twilio_message_callback_total{status="delivered",${labels}} 1`,
    ]);
    expect(await shown('twilio_messages_delivered_total')).to.deep.equal([
      `twilio_messages_delivered_total{${labels}} 1`,
    ]);
    expect(await shown('twilio_message_delivery_duration_seconds_count')).to.deep.equal([
      `twilio_message_delivery_duration_seconds_count{${labels}} 1`,
    ]);
    const leg = freshSid('CA');
    await post('call', call(leg, 'ringing'));
    await post('call', call(leg, 'no-answer'));
    expect(await shown('twilio_calls_failed_total')).to.deep.equal([
      'twilio_calls_failed_total{disconnect_reason="no_answer",country="GB",channel="phone",direction="outbound",sender="long_code"} 1',
    ]);
    const others = (await agent.page())
      .split('\n')
      .filter(
        (line) => /country="/.test(line) && !/^twilio_(?:messages?|calls?)_(?!in_flight|overdue|unresolved)/.test(line),
      );
    expect(others).to.deep.equal([]);
  });

  it('one message keeps them for life: the first event decides, and a later one fills in what was unknown', async () => {
    await start(ALL);
    const sid = freshSid('SM');
    await post('message', sms(sid, 'sent', { To: INDIA }));
    await event(sid, 'SENT', { to: BRITAIN, mcc: '404', mnc: '45', numberOfSegments: 2 });
    await post('message', sms(sid, 'delivered', { To: BRITAIN }));
    const seen = (await shown('twilio_message')).filter((line) => !/bucket|_sum|in_flight/.test(line));
    expect(seen.filter((line) => line.includes('country="GB"'))).to.deep.equal([]);
    expect(seen.find((line) => line.startsWith('twilio_message_callback_total{status="sent"'))).to.include(
      'carrier="unknown"',
    );
    for (const name of ['callback_total{status="delivered"', 'segments_total', 'delivery_duration_seconds_count']) {
      expect(
        seen.find((line) => line.includes(name)),
        name,
      )
        .to.include('country="IN"')
        .and.include('carrier="404-45"');
    }
  });

  it('come back after a restart, with totals and durations, in the same series', async () => {
    await start(ALL);
    const sid = freshSid('SM');
    await post('message', sms(sid, 'sent'));
    await post('message', sms(sid, 'delivered'));
    const before = (await shown('twilio_message')).filter((line) => !/^twilio_messages_in/.test(line));
    expect(before.length).to.be.greaterThan(10);
    await restart(ALL);
    expect((await shown('twilio_message')).filter((line) => !/^twilio_messages_in/.test(line))).to.have.members(before);
    await post('message', sms(sid, 'read'));
    expect(await shown('twilio_message_callback_total{status="read"')).to.have.length(1);
  });

  it('a changed configuration adds series and relabels none', async () => {
    await start({ ...ON, 'processors.labels.country': 'true' });
    await post('message', sms(freshSid('SM'), 'sent'));
    await restart({ ...ON, 'processors.labels.channel': 'true' });
    await post('message', sms(freshSid('SM'), 'sent'));
    await restart();
    await post('message', sms(freshSid('SM'), 'sent'));
    await restart({ ...ON, 'processors.labels.messaging_service': `{${OTP}: login}` });
    await post('message', sms(freshSid('SM'), 'sent'));
    expect(await shown('twilio_message_callback_total')).to.have.members([
      'twilio_message_callback_total{status="sent",country="IN"} 1',
      'twilio_message_callback_total{status="sent",channel="sms"} 1',
      'twilio_message_callback_total{status="sent"} 1',
      'twilio_message_callback_total{status="sent",messaging_service="login"} 1',
    ]);
  });

  it('switched off after having filled a metric, they leave the statuses their room', async () => {
    const few = { ...ALL, 'processors.labels.max_series': '60' };
    await start(few);
    for (const to of [
      INDIA,
      BRITAIN,
      '+33612345678',
      '+4915123456789',
      '+819012345678',
      '+5511987654321',
      '+34612345678',
    ])
      for (const status of ['queued', 'sent', 'delivered', 'read', 'failed'])
        await post('message', sms(freshSid('SM'), status, { To: to }));
    await restart();
    await post('message', sms(freshSid('SM'), 'canceled'));
    expect(await shown('twilio_message_callback_total{status="canceled"')).to.deep.equal([
      'twilio_message_callback_total{status="canceled"} 1',
    ]);
  });

  it('a message that began before they were on gets them from then on', async () => {
    await start();
    const sid = freshSid('SM');
    await post('message', sms(sid, 'sent'));
    await restart({ ...ON, 'processors.labels.country': 'true' });
    await post('message', sms(sid, 'delivered'));
    expect(await shown('twilio_message_callback_total')).to.have.members([
      'twilio_message_callback_total{status="sent"} 1',
      'twilio_message_callback_total{status="delivered",country="IN"} 1',
    ]);
  });

  for (const storage of ['file_storage', 'memory']) {
    it(`are bounded in ${storage}: beyond max_series they say other, which is counted, and each callback still counts`, async () => {
      const full = {
        ...ALL,
        'receivers.twilio.storage': storage,
        'service.extensions': `[${storage}]`,
        'processors.labels.max_series': '50',
      };
      await start(full);
      const numbers = Array.from(
        { length: 60 },
        (_, i) =>
          `+${[1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98, 211, 212, 213, 216, 218, 220, 221, 222, 223, 224, 225, 226, 227, 228][i]}5551234567`,
      );
      for (const to of numbers) await post('message', sms(freshSid('SM'), 'sent', { To: to }));
      const series = (await agent.page())
        .split('\n')
        .filter((line) => line.startsWith('twilio_message_callback_total'));
      expect(series.length).to.be.within(25, 50);
      const sum = series.map((line) => Number(line.split(' ').at(-1))).reduce((a, b) => a + b, 0);
      expect(sum).to.equal(60);
      expect(
        series.filter((line) => line.includes('country="other"') && line.includes('channel="other"')),
      ).to.have.length(1);
      const [overflow] = await shown('twilio_agent_label_overflow_total{metric="twilio_message_callback_total"}');
      expect(Number(overflow?.split(' ').at(-1))).to.be.within(20, 45);
      if (storage === 'memory') return;
      await restart(full);
      for (const to of numbers) await post('message', sms(freshSid('SM'), 'sent', { To: to }));
      const after = (await agent.page()).split('\n').filter((line) => line.startsWith('twilio_message_callback_total'));
      expect(after.map((line) => line.slice(0, line.lastIndexOf(' ')))).to.have.members(
        series.map((line) => line.slice(0, line.lastIndexOf(' '))),
      );
    });
  }

  it('error codes stay beside them', async () => {
    await start({ ...ON, 'processors.labels.country': 'true' });
    await post('message', sms(freshSid('SM'), 'failed', { ErrorCode: '30007' }));
    expect(await shown('twilio_messages_failed_total')).to.deep.equal([
      'twilio_messages_failed_total{error_code="30007",country="IN"} 1',
    ]);
    expect(await shown('twilio_error_code_info')).to.have.length(1);
    await restart({ ...ON, 'processors.labels.country': 'true' });
    expect(await shown('twilio_error_code_info')).to.have.length(1);
  });
});
