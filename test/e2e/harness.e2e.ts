import { expect } from 'chai';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type PrometheusServer,
  promtool,
  signedPost,
  startAgent,
  startCollector,
  startPrometheus,
} from './support/servers.ts';

describe('the real servers', () => {
  let agent: AgentProcess;
  let prometheus: PrometheusServer | undefined;

  before(async () => {
    agent = await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } });
  });
  after(async () => {
    await prometheus?.stop();
    expect(await agent.stop(), agent.output()).to.equal(0);
  });

  it('a signed callback is counted on the scrape page, a forged one is refused', async () => {
    const url = `${agent.url}/webhooks/message`;
    const params = messageStatus(freshSid('SM'), 'delivered');
    expect((await signedPost(url, params)).status).to.equal(204);
    const forged = await signedPost(url, params, { token: 'another' });
    expect([forged.status, (await forged.text()).trim()]).to.deep.equal([401, 'Invalid signature']);
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(1);
    expect(await agent.value('twilio_message_callback_total', { status: 'delivered' })).to.equal(1);
  });

  it('Prometheus scrapes it', async () => {
    prometheus = await startPrometheus(`
scrape_configs:
  - job_name: agent
    scrape_interval: 1s
    static_configs: [{targets: ['127.0.0.1:${agent.port}']}]
`);
    const server = prometheus;
    await eventually(async () => {
      const samples = await server.query('twilio_messages_delivered_total');
      expect(samples.map(({ value }) => value)).to.deep.equal([1]);
    });
  });

  it('a Collector starts', async () => {
    const collector = await startCollector(`
receivers:
  otlp: {protocols: {http: {endpoint: '127.0.0.1:${await freePort()}'}}}
exporters:
  file: {path: ./metrics.jsonl}
service:
  pipelines:
    metrics: {receivers: [otlp], exporters: [file]}
`);
    expect(await collector.stop(), collector.output()).to.equal(0);
  });

  it('promtool parses the scrape page', async () => {
    const { code, stderr } = await promtool(['check', 'metrics'], await agent.metrics());
    // 3 is a complaint about a name, 1 a page that cannot be read.
    expect([0, 3], stderr).to.include(code);
  });

  it('a program that ends at once is an error with its output', async () => {
    const failure = await startPrometheus('no: such key').then(
      () => 'started',
      (error: Error) => error.message,
    );
    expect(failure).to.match(/field no not found/);
  });
});
