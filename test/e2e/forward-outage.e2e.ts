import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { agent as dashboard } from '../../grafana/src/agent.ts';
import { expressions } from '../grafana/panels.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type PrometheusServer,
  signedPost,
  startAgent,
  startPrometheus,
} from './support/servers.ts';

const RULES = new URL('../../otel-config/prometheus/rules/forward.yml', import.meta.url).pathname;
/** How long the application fails; a person who watches may want a minute. */
const SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 12);
const WINDOW = `${SECONDS}s`;

/** The panels of the row about the application, as Grafana asks for them. */
const panels = expressions(dashboard)
  .filter(({ title }) => title.startsWith('Application: '))
  .map(({ title, expr }) => ({
    title: title.slice('Application: '.length),
    expr: expr.replaceAll('$__rate_interval', WINDOW).replaceAll(/\$(?:job|instance)\b/g, '.+'),
  }));

describe('an application that answers 500 for a while, on the dashboard and to the alerts', function () {
  this.timeout(SECONDS * 4_000 + 60_000);
  let application: Server;
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  let status = 204;
  let traffic: NodeJS.Timeout;

  before(async () => {
    application = createServer((req, res) => {
      req.resume();
      req.on('end', () => res.writeHead(status).end());
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    const to = `http://127.0.0.1:${(application.address() as AddressInfo).port}`;
    const port = await freePort();
    const forward = JSON.stringify([{ path: '/twilio/status', to, family: 'message' }]);
    agent = await startAgent({
      port,
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
      args: ['--set', `receivers.twilio.forward=${forward}`],
    });
    prometheus = await startPrometheus(`
global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: ['${RULES}']
scrape_configs:
  - job_name: twilio-otel-agent
    static_configs: [{targets: ['127.0.0.1:${port}']}]
`);
    traffic = setInterval(
      () => void signedPost(`${agent.url}/twilio/status`, messageStatus(freshSid('SM'), 'delivered')),
      50,
    );
  });
  after(async () => {
    clearInterval(traffic);
    await Promise.all([prometheus?.stop(), agent?.stop()]);
    application.close();
  });

  /** What each panel shows now, by its legend. */
  async function shown(): Promise<Record<string, Record<string, number>>> {
    const read = panels.map(async ({ title, expr }) => {
      const samples = await prometheus.query(expr);
      const values = samples.map(({ labels, value }) => [
        Object.values(labels).join() || 'all',
        Number(value.toFixed(3)),
      ]);
      return [title, Object.fromEntries(values)] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }
  const print = (when: string, what: object) => console.log(`      ${when}: ${JSON.stringify(what)}`);

  it('while all is well the panels show its answers, and no alert is on its way', async () => {
    await sleep(SECONDS * 1_000);
    const now = await shown();
    print('well', now);
    expect(Object.keys(now['answers']!)).to.deep.equal(['204']);
    expect(now['answers']!['204']).to.be.within(800, 1_300);
    expect(now['what goes wrong']).to.deep.equal({});
    expect(now['time, 95th percentile']!['/twilio/status']).to.be.below(1);
    expect(now['answered by others']).to.deep.equal({ '/twilio/status': 0 });
    expect(await prometheus.query('ALERTS')).to.deep.equal([]);
  });

  it('while it answers 500 they show that, the alert is on its way, and the messages are counted as ever', async () => {
    status = 500;
    const before = await agent.value('twilio_messages_delivered_total');
    await sleep(SECONDS * 1_000);
    const now = await shown();
    print(`${SECONDS} s of 500`, now);
    expect(now['answers']!['500']).to.be.within(700, 1_300);
    expect(now['what goes wrong']!['500']).to.be.within(0.8, 1);
    const alerts = await prometheus.query('ALERTS');
    print(
      'alerts',
      alerts.map(({ labels }) => `${labels['alertname']} ${labels['alertstate']} ${labels['http_route']}`),
    );
    expect(alerts.map(({ labels }) => labels['alertname'])).to.deep.equal(['TwilioApplicationErrors']);
    expect(await agent.value('twilio_messages_delivered_total')).to.be.at.least((before ?? 0) + SECONDS * 15);
  });

  it('afterwards they show that it is over', async () => {
    status = 204;
    await eventually(
      async () => {
        const now = await shown();
        expect(now['what goes wrong']!['500'] ?? 0).to.equal(0);
        expect(now['answers']!['204']).to.be.above(800);
        print('over', now);
      },
      SECONDS * 1_000 + 10_000,
      500,
    );
  });
});
