import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { RECEIVED, ROADS, SCOPE, TARGET, TEXT } from './forced.ts';
import { type Road, readPage, readServer, seriesOf } from './support/roads.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  type CollectorProcess,
  callStatus,
  cloudEvent,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type PrometheusServer,
  signedBatch,
  signedPost,
  startAgent,
  startCollector,
  startPrometheus,
} from './support/servers.ts';

const shipped = (name: string) => readFileSync(new URL(`../../otel-config/collector/${name}`, import.meta.url), 'utf8');

/** The unit of a metric, as Prometheus writes it. */
const UNIT = /_(bytes_per_second|bytes|seconds)(?:_total)?$/;
/** What each road tells of its own, and the resource, which roads 2 to 5 spread over job, instance and target_info. */
const NOT_OURS = /^(?:up|scrape_\w+|target_info)$/;
/** Moves by itself, or with every request of a test's own: it is compared by its series, not by its value. */
const MOVING = /^(?:http_server_|nodejs_|process_|v8js_|otel_sdk_|twilio_agent_(?:export|scrape|clock|ledger_window))/;

describe('one name on every road', () => {
  let agent: AgentProcess;
  let prometheus: PrometheusServer;
  const collectors: CollectorProcess[] = [];
  const roads: Record<string, () => Promise<Road>> = {};

  before(async () => {
    const agentPort = await freePort();
    const [grpc, http, page, http2, page2, unused] = await Promise.all(Array.from({ length: 6 }, freePort));
    const at = (port: number | undefined) => `127.0.0.1:${port}`;
    const sidecar = shipped('sidecar.yaml');
    collectors.push(
      await startCollector(sidecar, { OTLP_GRPC: at(grpc), OTLP_HTTP: at(http), SCRAPE_ENDPOINT: at(page) }),
      await startCollector(sidecar, { OTLP_GRPC: at(unused), OTLP_HTTP: at(http2), SCRAPE_ENDPOINT: at(page2) }),
      await startCollector(shipped('scraping.yaml'), {
        SCRAPE_INTERVAL: '1s',
        AGENT: at(agentPort),
        BACKEND_URL: `http://${at(http2)}`,
      }),
    );
    prometheus = await startPrometheus(
      `
global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
  - job_name: scraped
    static_configs: [{targets: ['${at(agentPort)}']}]
`,
      ['--web.enable-otlp-receiver', '--enable-feature=type-and-unit-labels'],
    );
    const pushed = { interval: '1s', timeout: '900ms' };
    const exporters = {
      'otlp/prometheus': { endpoint: `${prometheus.url}/api/v1/otlp`, ...pushed },
      'otlp/collector': { endpoint: `http://${at(grpc)}`, protocol: 'grpc', ...pushed },
    };
    agent = await startAgent({
      port: agentPort,
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
      args: [
        ...Object.entries(exporters).flatMap(([id, keys]) =>
          Object.entries(keys).flatMap(([key, value]) => ['--set', `exporters.${id}.${key}=${value}`]),
        ),
        '--set',
        'service.pipelines.metrics.exporters=[prometheus,otlp/prometheus,otlp/collector]',
      ],
    });
    for (const status of ['sent', 'delivered']) {
      await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), status));
    }
    const failed = messageStatus(freshSid('SM'), 'undelivered', { ErrorCode: '30003' });
    await signedPost(`${agent.url}/webhooks/message`, failed);
    await signedPost(`${agent.url}/webhooks/call`, callStatus(freshSid('CA'), 'busy'));
    await signedPost(`${agent.url}/webhooks/call`, callStatus(freshSid('CA'), 'completed'));
    await signedPost(`${agent.url}/webhooks/call`, callStatus(freshSid('CA'), 'completed'), { token: 'another' });
    await signedBatch(`${agent.url}/webhooks/events`, [
      cloudEvent('error-logs.error.logged', { sid: freshSid('NO'), level: 'ERROR', error_code: '30003' }),
      cloudEvent('messaging.inbound-message.received', { messageSid: freshSid('SM') }),
      cloudEvent('accountsecurity.verify.message.sent', {}),
      cloudEvent('voice.status-callback.announcement.processed', {
        response: { responseCode: 503, requestDuration: 2_000 },
      }),
    ]);
    // What is told of pushes is there after the first of each exporter.
    await eventually(async () => {
      for (const exporter of Object.keys(exporters)) {
        const success = await agent.value('twilio_agent_exports_total', { exporter, outcome: 'success' });
        expect(success).to.be.greaterThan(0);
      }
    });

    const fetched = (url: string) => async () => readPage(await (await fetch(url)).text());
    roads['scrape page'] = async () => readPage(await agent.metrics());
    roads['Prometheus scrapes'] = () => readServer(prometheus.url, 'scraped');
    roads['OTLP into Prometheus'] = () => readServer(prometheus.url, 'twilio-otel-agent');
    roads['OTLP, Collector, page'] = fetched(`http://${at(page)}/metrics`);
    roads['Collector scrapes, OTLP, page'] = fetched(`http://${at(page2)}/metrics`);
  });
  after(async () => {
    await agent?.stop();
    await Promise.all([prometheus?.stop(), ...collectors.map((collector) => collector.stop())]);
  });

  const seen: Record<string, Map<string, number>> = {};
  const wanted = (name: string) => !NOT_OURS.test(name);

  for (const [name, { forced }] of Object.entries(ROADS)) {
    it(`${name}: the same series with the same labels, and the same values of what stands still`, async () => {
      await eventually(async () => {
        const here = seriesOf(await roads['scrape page']!(), [], wanted);
        const there = seriesOf(await roads[name]!(), forced, wanted);
        seen[name] = there;
        expect([...there.keys()].sort()).to.deep.equal([...here.keys()].sort());
        for (const [series, value] of here) {
          if (!MOVING.test(series)) expect(there.get(series), series).to.equal(value);
        }
      }, 30_000);
      expect(seen[name]!.get('twilio_messages_failed_total{error_code="30003"}')).to.equal(1);
      expect(seen[name]!.get('twilio_calls_failed_total{disconnect_reason="busy"}')).to.equal(1);
      expect(seen[name]!.get('twilio_agent_events_total{feed="events",outcome="accepted"}')).to.equal(4);
    });
  }

  for (const [name, { unsaid }] of Object.entries(ROADS)) {
    const said = ['type', 'help', 'unit'].filter((what) => what !== unsaid.what);
    it(`${name}: ${said.join(' and ')} of every metric, as the table has them, and no ${unsaid.what}`, async () => {
      const road = await roads[name]!();
      let compared = 0;
      for (const key of METRIC_KEYS) {
        const metric = row(key);
        const known = prometheusName(metric);
        if (![...seen[name]!.keys()].some((series) => series.startsWith(known))) continue;
        const wanted = {
          type: metric.kind.replace('observable', '').toLowerCase(),
          help: metric.help,
          unit: UNIT.exec(known)?.[1] ?? '',
          [unsaid.what]: '',
        };
        const of = (what: 'type' | 'help' | 'unit') => road[what].get(known) ?? '';
        const found = { type: of('type'), help: of('help'), unit: of('unit') };
        expect({ [known]: found }).to.deep.equal({ [known]: wanted });
        compared++;
      }
      expect(compared).to.be.greaterThan(30);
    });
  }

  it('every road tells who counts', async () => {
    const info = async (road: string) => {
      const { points } = await roads[road]!();
      const found = points.filter(({ name }) => name === 'target_info');
      expect(found, road).to.have.length(1);
      return found[0]!.labels;
    };
    const own = await info('scrape page');
    expect(own).to.include({ service_name: 'twilio-otel-agent' });
    for (const name of Object.keys(ROADS)) {
      expect([name, (await info(name))['service_version']]).to.deep.equal([name, own['service_version']]);
    }
    for (const name of ['OTLP into Prometheus', 'OTLP, Collector, page']) {
      const { points } = await roads[name]!();
      const { labels } = points.find((point) => point.name === 'twilio_messages_delivered_total')!;
      expect([labels['job'], labels['instance']]).to.deep.equal([own['service_name'], own['service_instance_id']]);
    }
  });

  it('prints the comparison', () => {
    const names = [...(seen['scrape page']?.keys() ?? [])];
    const families = [...new Set(names.map((series) => series.replace(/\{.*/, '')))].sort();
    const lines = families.map((family) => {
      const of = (road: string) => [...(seen[road] ?? [])].filter(([series]) => series.startsWith(`${family}{`));
      const cells = Object.keys(ROADS).map((road) => {
        const sum = of(road).reduce((total, [, value]) => total + value, 0);
        return `${of(road).length} series${MOVING.test(family) ? '' : `, sum ${Number(sum.toPrecision(6))}`}`.padEnd(
          26,
        );
      });
      return `  ${family.padEnd(64)} ${cells.join(' ')}`;
    });
    const head = `  ${''.padEnd(64)} ${Object.keys(ROADS)
      .map((road) => road.padEnd(26))
      .join(' ')}`;
    expect(families).to.include.members([
      'otel_sdk_exporter_operation_duration_seconds_sum',
      'twilio_agent_exports_total',
    ]);
    const reasons = [
      ...[TARGET, SCOPE].map(({ labels, reason }) => `  ${labels.join(', ')}: ${reason}`),
      ...[TEXT, RECEIVED].map(({ what, reason }) => `  ${what}: ${reason}`),
    ];
    process.stdout.write(`\n${[head, ...lines, '  not compared:', ...reasons].join('\n')}\n\n`);
  });
});
