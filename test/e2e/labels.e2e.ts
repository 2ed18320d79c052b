import { expect } from 'chai';
import { DASHBOARDS } from '../../grafana/src/dashboards.ts';
import { errorsOf, OBJECTIVES } from '../../otel-config/src/objectives.ts';
import { expressions } from '../grafana/panels.ts';
import {
  ACCOUNT_SID,
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  type PrometheusServer,
  startAgent,
  startPrometheus,
} from './support/servers.ts';
import { shippedPrometheus } from './support/shipped.ts';
import { freshSid, messageStatus, signedPost } from './support/twilio.ts';

const OTP = `MG${'0a'.repeat(16)}`;
const NEWS = `MG${'0b'.repeat(16)}`;
const SETS = [
  'service.pipelines.metrics.processors=[labels]',
  'processors.labels.country=true',
  'processors.labels.channel=true',
  `processors.labels.messaging_service={${OTP}: otp, ${NEWS}: news}`,
];

/** Five countries, two services: how many are delivered and how many fail. */
const COUNTRIES = [
  ['US', '+12125550123', OTP, 20, 0],
  ['IN', '+919876543210', OTP, 5, 15],
  ['GB', '+447400123456', NEWS, 18, 2],
  ['BR', 'whatsapp:+5511987654321', NEWS, 10, 0],
  ['NG', '+2348021234567', OTP, 0, 4],
] as const;

describe('labels on request, in a real Prometheus', () => {
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  let done: number;

  before(async () => {
    agent = await start();
    prometheus = await startPrometheus(shippedPrometheus(`127.0.0.1:${agent.port}`));
    // A series whose first sample is already counted does not grow: each begins with one message of every kind.
    for (const [, to, service] of COUNTRIES) await send(to, service, 1, 1);
    await scraped(1);
    for (const [, to, service, delivered, failed] of COUNTRIES) await send(to, service, delivered, failed);
    done = await scraped(5);
  });
  after(async () => {
    await prometheus?.stop();
    await agent?.stop();
  });

  const start = (before?: AgentProcess) =>
    startAgent({
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, TWILIO_ACCOUNT_SID: ACCOUNT_SID },
      args: SETS.flatMap((set) => ['--set', set]),
      ...(before ? { port: before.port, storageDir: before.storageDir } : {}),
    });

  async function send(to: string, service: string, delivered: number, failed: number): Promise<void> {
    const more = { To: to, From: '+15017122661', MessagingServiceSid: service };
    for (let i = 0; i < delivered + failed; i++) {
      const sid = freshSid('SM');
      const end =
        i < delivered
          ? messageStatus(sid, 'delivered', more)
          : messageStatus(sid, 'undelivered', { ...more, ErrorCode: '30003' });
      for (const params of [messageStatus(sid, 'sent', more), end]) {
        expect((await signedPost(`${agent.url}/webhooks/message`, params)).status).to.equal(204);
      }
    }
  }

  /** The time of a scrape that saw so many of the messages that come last. A rate is exact there: nothing lies behind it. */
  const scraped = (last: number) =>
    eventually(async () => {
      const series = 'twilio_message_callback_total{status="undelivered",country="NG"}';
      const [sample] = await prometheus.query(`timestamp(${series}) and ${series} == ${last}`);
      expect(sample, `no scrape with ${last} of the last ones`).not.to.equal(undefined);
      return sample!.value;
    });

  /** What a panel's column says, by the value of the label. */
  async function panel(title: string, label: string): Promise<Record<string, number>> {
    const messages = DASHBOARDS.find(({ uid }) => uid === 'twilio-messages')!;
    const { expr } = expressions(messages).find((each) => each.title === title)!;
    const asked = expr
      .replaceAll('$__range', '5m')
      .replaceAll('$__rate_interval', '5m')
      .replaceAll(/\$(?:job|instance)/g, '.+');
    const samples = await prometheus.query(asked, done);
    return Object.fromEntries(samples.map(({ labels, value }) => [labels[label] ?? '', value]));
  }

  it('each country has its own counts, and the numbers are nowhere on the page', async () => {
    const samples = await prometheus.query(
      'sum by (country, channel, messaging_service) (twilio_message_callback_total{status="sent"}) > 0',
      done,
    );
    const counts = samples.map(({ labels, value }) => [
      labels['country'],
      labels['channel'],
      labels['messaging_service'],
      value,
    ]);
    expect(counts).to.have.deep.members(
      COUNTRIES.map(([country, to, service, delivered, failed]) => [
        country,
        to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
        service === OTP ? 'otp' : 'news',
        delivered + failed + 2,
      ]),
    );
    const page = await (await fetch(`${agent.url}/metrics`)).text();
    for (const [, to] of COUNTRIES) expect(page).to.not.include(to.slice(-8));
  });

  it('each service has its own objective, and its own alerts', async () => {
    const ofService = (name: string) =>
      COUNTRIES.filter(([, , service]) => (service === OTP ? 'otp' : 'news') === name);
    const [delivery] = OBJECTIVES;
    const samples = await prometheus.query(
      errorsOf(delivery!, { window: '5m', by: ['job', ...delivery!.by], as: 'rate' }),
      done,
    );
    const shares = Object.fromEntries(samples.map(({ labels, value }) => [labels['messaging_service'], value]));
    expect(Object.keys(shares)).to.have.members(['otp', 'news']);
    // The first message of each series is extrapolated, which is a little.
    for (const name of ['otp', 'news']) {
      const sum = (at: 3 | 4) => ofService(name).reduce((all, country) => all + country[at], 0);
      expect(shares[name], name).to.be.closeTo(sum(4) / (sum(3) + sum(4)), 0.03);
    }
    // Of codes for a login far more are lost than the budget of delivery lasts for.
    await eventually(async () => {
      const raised = await prometheus.query('ALERTS{alertname="TwilioSloDeliveryBurnsSlowly"}');
      expect(raised.map(({ labels }) => labels['messaging_service']).sort()).to.include('otp');
    });
  });

  it('the table by country: how many ended, how many arrived, and how long that took', async () => {
    const ended = await panel('By country: Ended', 'country');
    const rate = await panel('By country: Delivered', 'country');
    for (const [country, , , delivered, failed] of COUNTRIES) {
      // Prometheus takes each of the two series back to 0 at the most, which is the one message that it began with.
      expect(ended[country], country).to.be.within(delivered + failed, delivered + failed + 2);
      expect(rate[country], country).to.be.closeTo(delivered / (delivered + failed), 0.06);
    }
    const within = await panel('By country: Delivered within, 95%', 'country');
    for (const country of ['US', 'IN', 'GB', 'BR']) expect(within[country], country).to.be.within(0, 60);
  });

  it('the table by service', async () => {
    const rate = await panel('By messaging service: Delivered', 'messaging_service');
    expect(rate['otp']).to.be.closeTo(25 / 44, 0.06);
    expect(rate['news']).to.be.closeTo(28 / 30, 0.06);
  });

  it('after kill -9 each series is where it was', async () => {
    const before = await agent.value('twilio_message_callback_total', { status: 'undelivered', country: 'IN' });
    expect(before).to.equal(16);
    await agent.stop('SIGKILL');
    agent = await start(agent);
    expect(await agent.value('twilio_message_callback_total', { status: 'undelivered', country: 'IN' })).to.equal(16);
    expect(await agent.value('twilio_message_delivery_duration_seconds_count', { country: 'US' })).to.equal(21);
  });
});
