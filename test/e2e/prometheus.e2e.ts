import { expect } from 'chai';
import { DASHBOARDS } from '../../grafana/src/dashboards.ts';
import { expressions } from '../grafana/panels.ts';
import { RECORDED, RULES as SHIPPED_RULES } from '../otel-config/rules.ts';
import { type Expected, PANELS, RULES } from './expected.ts';
import {
  ACCOUNT_SID,
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  type PrometheusServer,
  type Sample,
  startAgent,
  startPrometheus,
} from './support/servers.ts';
import { shippedPrometheus } from './support/shipped.ts';
import { mainTraffic, openingTraffic } from './support/traffic.ts';
import { type RefusingApi, startRefusingApi } from './support/twilio-api.ts';

describe('Prometheus with the shipped configuration', () => {
  let api: RefusingApi;
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  /** Times of scrapes: rates have no end to be extrapolated to there, and are exact. */
  let quiet: number;
  let done: number;

  before(async () => {
    api = await startRefusingApi();
    agent = await startAgent({
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_API_URL: api.url },
      args: ['balance', 'usage'].flatMap((name) =>
        ['initial_delay=0s', 'timeout=1m'].flatMap((value) => [
          '--set',
          `receivers.twilio_api.scrapers.${name}.${value}`,
        ]),
      ),
    });
    prometheus = await startPrometheus(shippedPrometheus(`127.0.0.1:${agent.port}`));
    quiet = await scrapedTwice();
    api.answer();
    await openingTraffic(agent.url);
    await scrapeOf(1);
    await eventually(async () => {
      for (const operation of ['FetchBalance', 'FetchUsageRecordsToday'])
        expect(await agent.value('twilio_api_errors_total', { operation })).to.equal(2);
    });
    await mainTraffic(agent.url);
    done = await scrapeOf(50);
  });
  after(async () => {
    await prometheus?.stop();
    await agent?.stop();
    api?.stop();
  });

  const UNDELIVERED = 'twilio_message_callback_total{status="undelivered"}';
  const scrapedTwice = () =>
    eventually(async () => {
      const [scrapes] = await prometheus.query(`count_over_time(${UNDELIVERED}[1m])`);
      expect(scrapes?.value).to.be.at.least(2);
      return (await prometheus.query(`timestamp(${UNDELIVERED})`))[0]!.value;
    });
  const scrapeOf = (count: number) =>
    eventually(async () => {
      const [sample] = await prometheus.query(`timestamp(${UNDELIVERED}) and ${UNDELIVERED} == ${count}`);
      expect(sample, `no scrape with ${count} undelivered messages`).not.to.equal(undefined);
      return sample!.value;
    });

  it('scrapes the given names, each callback counted once', async () => {
    const value = async (selector: string) => (await prometheus.query(selector, done)).map((sample) => sample.value);
    expect(await value('twilio_messages_delivered_total{job="twilio-otel-agent"}')).to.deep.equal([21]);
    expect(await value('sum(twilio_messages_failed_total)')).to.deep.equal([62]);
    expect(await value('twilio_messages_failed_total{error_code="30003"}')).to.deep.equal([50]);
    expect(await value('twilio_calls_completed_total{call_status="completed"}')).to.deep.equal([10]);
    expect(await value('twilio_calls_failed_total{disconnect_reason="invalid_number"}')).to.deep.equal([10]);
    expect(await value('up{job="twilio-otel-agent"}')).to.deep.equal([1]);
  });

  it('was told once, by the log, how to validate the sink that sent a test event', () => {
    const command =
      /curl -X POST https:\/\/events\.twilio\.com\/v1\/Sinks\/\$SINK_SID\/Validate -d TestId=cae2f9e2-[\w-]+ -u/g;
    expect(agent.output().match(command)).to.have.length(1);
  });

  for (const dashboard of DASHBOARDS) {
    const expected = PANELS[dashboard.uid!] ?? {};
    for (const { title, expr } of expressions(dashboard)) {
      it(`panel ${dashboard.title} / ${title}`, async () => {
        expect(expected, 'give this panel its number in expected.ts').to.have.property(title);
        judge(await prometheus.query(asGrafana(expr), done), expected[title]!);
      });
    }
  }

  for (const { record, alert, expr } of SHIPPED_RULES) {
    const name = (record ?? alert)!;
    it(`rule ${name}`, async () => {
      expect(RULES, 'give this rule its numbers in expected.ts').to.have.property(name);
      const { before: wantedBefore, after: wantedAfter, threshold } = RULES[name]!;
      if (threshold) expect(expr).to.match(new RegExp(`${threshold}$`));
      const asked = unrecorded(threshold ? expr.slice(0, -threshold.length) : expr);
      judge(await prometheus.query(asked, quiet), wantedBefore);
      judge(await prometheus.query(asked, done), wantedAfter);
    });
  }

  it('evaluates every rule by itself, records, and raises what must be raised', async () => {
    const { data } = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as RulesAnswer;
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name).sort()).to.deep.equal(
      SHIPPED_RULES.map((rule) => rule.record ?? rule.alert).sort(),
    );
    expect(rules.filter(({ health }) => health !== 'ok')).to.deep.equal([]);
    await eventually(async () => {
      judge(await prometheus.query('job:twilio_message_delivery_success:ratio_rate5m'), { '': 21 / 83 });
      const raised = await prometheus.query('ALERTS');
      expect(raised.map(({ labels }) => `${labels['alertname']} ${labels['alertstate']}`)).to.include.members([
        'TwilioSignatureRefusals firing',
        'TwilioMessageFailureRate pending',
        'TwilioCallFailures pending',
      ]);
    });
  });

  it('notices that the agent is down', async () => {
    expect(await agent.stop()).to.equal(0);
    const { expr } = SHIPPED_RULES.find(({ alert }) => alert === 'TwilioAgentDown')!;
    await eventually(async () => judge(await prometheus.query(expr), { '': 0 }));
  });
});

interface RulesAnswer {
  readonly data: { readonly groups: { rules: { name: string; health: string }[] }[] };
}

/** What Grafana puts in the place of its variables. */
const asGrafana = (expr: string) =>
  expr
    .replaceAll('$__range', '5m')
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$job', '.+')
    .replaceAll('$instance', '.+');

/**
 * The expression with recorded names replaced by what they record, so that it can be asked at any time. What was recorded
 * over a range, or earlier, stays: only a name may have these.
 */
function unrecorded(expr: string): string {
  const replaced = expr.replaceAll(/[a-z_]+:[\w:]+(?![\w:[]| offset)/g, (name) => {
    const recorded = RECORDED.get(name);
    return recorded ? `(${recorded})` : name;
  });
  return replaced === expr ? expr : unrecorded(replaced);
}

function judge(samples: readonly Sample[], expected: Expected | 'none'): void {
  if (expected === 'none') {
    expect(samples).to.deep.equal([]);
    return;
  }
  const values = new Map(samples.map(({ labels, value }) => [keyOf(labels), value]));
  expect(values.size, 'each series has a label value of its own').to.equal(samples.length);
  for (const [key, wanted] of Object.entries(expected)) {
    const value = values.get(key);
    if (typeof wanted === 'function') expect(wanted(value ?? Number.NaN), `${key}: ${value}`).to.equal(true);
    else expect(value, key).to.be.closeTo(wanted, 1e-9);
    values.delete(key);
  }
  expect(
    [...values].filter(([, value]) => value !== 0),
    'series that should be 0',
  ).to.deep.equal([]);
}

const keyOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .filter(([name]) => !['__name__', 'job', 'instance'].includes(name))
    .map(([, value]) => value)
    .join();
