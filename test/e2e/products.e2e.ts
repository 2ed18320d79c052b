import { expect } from 'chai';
import { DASHBOARDS } from '../../grafana/src/dashboards.ts';
import { expressions } from '../grafana/panels.ts';
import { RULES } from '../otel-config/rules.ts';
import { EMAILS, emailTraffic, KINDS, productTraffic, SENDGRID_KEY } from './support/products.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  type PrometheusServer,
  type Sample,
  startAgent,
  startPrometheus,
} from './support/servers.ts';
import { shippedPrometheus } from './support/shipped.ts';

/** The dashboard's range and its rate interval are 5 minutes here, so a rate per minute is a fifth of the count. */
const asGrafana = (expr: string) =>
  expr.replaceAll(/\$__range|\$__rate_interval/g, '5m').replaceAll(/\$job|\$instance/g, '.+');

/** The one panel that shows a growth. */
const TRIGGERS = 'Usage triggers that fired';

const WRONG = {
  recordings: 5,
  'media streams': 2,
  SIPREC: 3,
  TaskRouter: 11,
  'e-mails': EMAILS.bounce,
  Conversations: 3,
};
/** The series of these panels that the first callbacks of several kinds add up in. */
const SHARED = ['Callbacks by product', 'What goes wrong'];

/** What each panel must say, from what was sent after the first scrape. */
function wanted(): Map<string, Map<string, number>> {
  const panels = new Map<string, Map<string, number>>();
  const count = (panel: string, series: string, value: number) => {
    if (!panels.has(panel)) panels.set(panel, new Map());
    panels.get(panel)!.set(series, value + (panels.get(panel)!.get(series) ?? 0));
  };
  for (const { feed, panels: names, times } of KINDS) {
    count('Callbacks by product', feed, times / 5);
    for (const [panel, series] of Object.entries(names)) {
      count(panel, series, panel === TRIGGERS ? times : times / 5);
    }
  }
  for (const [event, times] of Object.entries(EMAILS)) count('E-mails by event', event, times / 5);
  count('Bounces by class', 'reputation', EMAILS.bounce / 5);
  count('Bounce rate', '', EMAILS.bounce / (EMAILS.bounce + EMAILS.delivered));
  count('Callbacks by product', 'sendgrid', 1 / 5);
  for (const [product, times] of Object.entries(WRONG)) count('What goes wrong', product, times / 5);
  return panels;
}

const ALERTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  TwilioRecordingsLost: { absent: 2, failed: 3 },
  TwilioStreamErrors: { '': 2 },
  TwilioTaskTimeouts: { 'task-queue.timeout': 8 },
  TwilioBundleRejected: { '': 2 },
  TwilioEmailBounceRate: { '': EMAILS.bounce / (EMAILS.bounce + EMAILS.delivered) },
  TwilioEmailSpamReports: { '': EMAILS.spamreport / EMAILS.delivered },
  TwilioDebuggerErrors: { delivery: 12 },
  TwilioUsageTriggerFired: { totalprice: 2 },
};

describe('Prometheus and an agent that every product calls', () => {
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  let done: number;
  const LAST = 'twilio_email_event_total{event="delivered"}';
  const scrapeOf = (count: number) =>
    eventually(async () => {
      const [sample] = await prometheus.query(`timestamp(${LAST}) and ${LAST} == ${count}`);
      expect(sample, `no scrape with ${count} e-mails`).not.to.equal(undefined);
      return sample!.value;
    });

  before(async () => {
    agent = await startAgent({
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
      args: ['--set', `receivers.twilio.families.sendgrid.public_keys=[${SENDGRID_KEY}]`],
    });
    prometheus = await startPrometheus(shippedPrometheus(`127.0.0.1:${agent.port}`));
    // A series that is there before it grows is what a rate can see; the first callback of each lets all of its be there.
    await productTraffic(agent.url, () => 1);
    await emailTraffic(agent.url, { delivered: 1, bounce: 1, spamreport: 1 });
    await scrapeOf(1);
    await productTraffic(agent.url, ({ times }) => times);
    await emailTraffic(agent.url, EMAILS);
    done = await scrapeOf(1 + EMAILS.delivered);
  });
  after(async () => {
    await prometheus?.stop();
    await agent?.stop();
  });

  const dashboard = DASHBOARDS.find(({ uid }) => uid === 'twilio-products')!;
  const panels = wanted();
  for (const { title, expr } of expressions(dashboard)) {
    it(`panel ${title}`, async () => {
      expect([...panels.keys()], 'let callbacks of this product be sent').to.include(title);
      const samples = await prometheus.query(asGrafana(expr), done);
      judge(samples, panels.get(title)!, title === TRIGGERS ? 1 : (SHARED.includes(title) ? 4 : 1) / 5);
    });
  }

  for (const { alert, expr } of RULES.filter(({ file, alert }) => file === 'products.yml' && alert)) {
    it(`alert ${alert}`, async () => {
      judge(await prometheus.query(expr, done), new Map(Object.entries(ALERTS[alert!]!)), 1.2);
    });
  }

  it('raises what waits for nothing, and lets the others wait', async () => {
    await eventually(async () => {
      const raised = await prometheus.query('ALERTS{alertname!~"TwilioAgent.*"}');
      const states = new Map(raised.map(({ labels }) => [labels['alertname'], labels['alertstate']]));
      const waits = (alert: string) => RULES.find((rule) => rule.alert === alert)!.for !== undefined;
      for (const alert of Object.keys(ALERTS))
        expect(states.get(alert), alert).to.equal(waits(alert) ? 'pending' : 'firing');
    });
  });
});

/** A series that began with its first callback is extrapolated back to nothing, at the most: by one event, or a fifth. */
function judge(samples: readonly Sample[], expected: ReadonlyMap<string, number>, event: number): void {
  const values = Object.fromEntries(samples.map(({ labels, value }) => [keyOf(labels), value]));
  expect(values).to.have.all.keys([...expected.keys()]);
  for (const [key, value] of expected) {
    const [low, high] = value < 1 / 5 ? [value * 0.85, value * 1.15] : [value, value + event];
    expect(values[key], key).to.be.within(low - 1e-9, high + 1e-9);
  }
}

const keyOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .filter(([name]) => !['__name__', 'job', 'instance'].includes(name))
    .map(([, value]) => value)
    .join();
