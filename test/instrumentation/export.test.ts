import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Agent } from '../../src/agent.ts';
import { createLogger } from '../../src/log.ts';
import { load } from '../config/room.ts';
import { ManualClock } from '../manual-clock.ts';
import { told } from '../told.ts';
import { Backend } from './otlp-backend.ts';

const SECRET = 'very-secret-key';

/** An agent in this process that pushes to the exporters given as `--set`. */
class Pushing {
  readonly log: string[] = [];
  readonly clock = new ManualClock();
  agent!: Agent;

  async start(env: Record<string, string>, sets: readonly string[], exporters: readonly string[]): Promise<this> {
    const config = load(
      env,
      [],
      [
        'receivers.twilio.storage=memory',
        'receivers.twilio.endpoint=127.0.0.1:0',
        `service.pipelines.metrics.exporters=[prometheus,${exporters}]`,
        ...sets,
      ],
    );
    const log = createLogger(
      { level: 'info', encoding: 'json', terminal: false },
      { write: (line) => void this.log.push(told(line)) },
    );
    this.agent = await Agent.start({ config, log, clock: this.clock });
    return this;
  }

  async page(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.agent.port}/metrics`)).text();
  }

  /** The value of a line of the page that begins so. */
  async value(series: string): Promise<number | undefined> {
    const line = (await this.page()).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  async until(series: string, atLeast: number): Promise<void> {
    while (((await this.value(series)) ?? 0) < atLeast) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const exportsOf = (exporter: string, outcome: string) =>
  `twilio_agent_exports_total{exporter="${exporter}",outcome="${outcome}"}`;

describe('the exporters of an agent', () => {
  const backends: Backend[] = [];
  let pushing: Pushing;
  const backend = async (...behave: Parameters<typeof Backend.start>) => {
    const started = await Backend.start(...behave);
    backends.push(started);
    return started;
  };
  afterEach(async () => {
    await pushing.agent.stop();
    for (const started of backends.splice(0)) started.stop();
  });

  it('are counted by exporter and outcome, and a failing one is logged once a minute without secrets', async () => {
    const good = await backend();
    const bad = await backend((response) => response.writeHead(403).end(`no permission for ${SECRET}`));
    pushing = await new Pushing().start(
      {},
      [
        `exporters.otlp/good.endpoint=${good.url}`,
        'exporters.otlp/good.interval=250ms',
        `exporters.otlp/bad.endpoint=${bad.url}`,
        'exporters.otlp/bad.interval=250ms',
        `exporters.otlp/bad.headers.api-key=${SECRET}`,
      ],
      ['otlp/good', 'otlp/bad'],
    );
    await pushing.until(exportsOf('otlp/bad', 'rejected'), 3);
    await pushing.until(exportsOf('otlp/good', 'success'), 3);
    expect(await pushing.value(exportsOf('otlp/good', 'rejected'))).to.equal(0);
    expect(await pushing.value(exportsOf('otlp/bad', 'success'))).to.equal(0);
    const taken = 'otel_sdk_exporter_metric_data_point_exported_total{otel_component_name="otlp/good"}';
    expect(await pushing.value(taken)).to.be.greaterThan(100);
    const refused = 'twilio_agent_export_refused_total{exporter="otlp/bad"}';
    expect(await pushing.value(refused)).to.be.greaterThan(100);
    const success = 'twilio_agent_export_last_success_timestamp_seconds';
    expect(await pushing.value(`${success}{exporter="otlp/good"}`)).to.equal(pushing.clock.wallMs() / 1_000);
    expect(await pushing.value(`${success}{exporter="otlp/bad"}`)).to.equal(undefined);
    const lines = () => pushing.log.filter((line) => /otlp\/bad: took nothing: rejected/.test(line));
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.match(/otlp\/bad: took nothing: rejected: 403 Forbidden: no permission for \*\*\*/);
    expect(pushing.log.join()).not.to.include(SECRET);
    pushing.clock.advance(60_000);
    const told = (await pushing.value(exportsOf('otlp/bad', 'rejected')))!;
    await pushing.until(exportsOf('otlp/bad', 'rejected'), told + 2);
    expect(lines()).to.have.length(2);
    expect(lines()[1]).to.match(/"held_back":\d+/);
  });

  it('tell what a backend left in a partial success', async () => {
    const partial = '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"seven are too old"}}';
    const some = await backend((response) => response.end(partial));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: some.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
    pushing = await new Pushing().start(env, ['exporters.otlp.interval=250ms'], ['otlp']);
    await pushing.until(exportsOf('otlp', 'partial'), 1);
    expect((await pushing.value('twilio_agent_export_refused_total{exporter="otlp"}'))! % 7).to.equal(0);
    expect(pushing.log.join()).to.match(/otlp: took all but 7 of \d+ data points: seven are too old/);
  });

  it('leave a backend alone for as long as it asks, and say so', async () => {
    const busy = await backend((response) => response.writeHead(429, { 'retry-after': '90' }).end('slow down'));
    pushing = await new Pushing().start(
      {},
      [`exporters.otlp.endpoint=${busy.url}`, 'exporters.otlp.interval=100ms'],
      ['otlp'],
    );
    await pushing.until(exportsOf('otlp', 'unavailable'), 1);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(busy.received).to.have.length(1);
    const told = /otlp: took nothing: unavailable: 429 Too Many Requests: slow down \(no push for 90 s, as it asks\)/;
    expect(pushing.log.join()).to.match(told);
    pushing.clock.advance(90_000);
    await pushing.until(exportsOf('otlp', 'unavailable'), 2);
    expect(busy.received).to.have.length(2);
  });

  it('OTEL_EXPORTER_OTLP_* reaches the exporter otlp only, whatever else the environment says', async () => {
    const [a, b] = [await backend(), await backend()];
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: a.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-vendor-a=key%20of%20a',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    };
    Object.assign(process.env, env);
    try {
      pushing = await new Pushing().start(env, [`exporters.otlp/b.endpoint=${b.url}`], ['otlp', 'otlp/b']);
      await pushing.agent.stop();
    } finally {
      for (const name of Object.keys(env)) delete process.env[name];
    }
    expect(a.received[0]!.headers).to.include({ 'x-vendor-a': 'key of a' });
    expect(a.received[0]!.headers).not.to.have.property('content-encoding');
    expect(b.received).to.have.length(1);
    expect(b.received[0]!.headers).to.include({ 'content-encoding': 'gzip' });
    expect(JSON.stringify(b.received[0]!.headers)).not.to.match(/vendor-a|of a/);
  });

  it('trust the CA and show the certificate that they are given, each its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'twilio-otel-agent-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const asked = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-nodes', ...asked, ...names, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const [keyPem, certPem] = [readFileSync(key), readFileSync(cert)];
    const mutual = { key: keyPem, cert: certPem, ca: certPem, requestCert: true, rejectUnauthorized: true };
    const server = createServer(mutual, (request, response) => request.resume().on('end', () => response.end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      pushing = await new Pushing().start(
        {},
        [
          ...['known', 'unknown'].flatMap((id) => [
            `exporters.otlp/${id}.endpoint=${url}`,
            `exporters.otlp/${id}.headers.id=${id}`,
            `exporters.otlp/${id}.interval=200ms`,
          ]),
          `exporters.otlp/known.tls.ca_file=${cert}`,
          `exporters.otlp/known.tls.cert_file=${cert}`,
          `exporters.otlp/known.tls.key_file=${key}`,
        ],
        ['otlp/known', 'otlp/unknown'],
      );
      await pushing.until(exportsOf('otlp/known', 'success'), 1);
      await pushing.until(exportsOf('otlp/unknown', 'unavailable'), 1);
      expect(pushing.log.join()).to.match(/otlp\/unknown: took nothing: unavailable.*self-signed certificate/);
    } finally {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true });
    }
  });

  it('what the process takes, how late its event loop comes, and a clock that was moved stand on the page', async () => {
    pushing = await new Pushing().start({}, [], []);
    const until = performance.now() + 150;
    await new Promise((resolve) => setTimeout(resolve, 50));
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await pushing.page();
    expect(await pushing.value('nodejs_eventloop_delay_max_seconds')).to.be.within(0.03, 5);
    expect(await pushing.value('process_cpu_time_seconds_total{cpu_mode="user"}')).to.be.greaterThan(0);
    expect(await pushing.value('process_memory_usage_bytes')).to.be.greaterThan(1e7);
    expect(await pushing.value('twilio_agent_scrape_size_bytes')).to.be.greaterThan(1_000);
    expect(await pushing.value('twilio_agent_scrape_duration_seconds_count')).to.be.greaterThan(1);
    expect(await pushing.value('twilio_agent_clock_skew_seconds')).to.equal(0);
    pushing.clock.wallAheadMs = -7_000;
    expect(await pushing.value('twilio_agent_clock_skew_seconds')).to.equal(-7);
    // The figure is of the last minute: two half minutes later the block is out of it.
    for (let i = 0; i < 3; i++) {
      pushing.clock.advance(30_000);
      await pushing.page();
    }
    expect(await pushing.value('nodejs_eventloop_delay_max_seconds')).to.be.below(0.1);
  });

  for (const [asked, encoding] of [
    ['gzip', 'gzip'],
    ['gzip;q=1.0, identity;q=0.5', 'gzip'],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    [undefined, undefined],
  ] as const) {
    it(`/metrics is text 0.0.4, ${encoding ?? 'plain'} for Accept-Encoding: ${asked ?? 'absent'}`, async () => {
      pushing = await new Pushing().start({}, [], []);
      const headers = asked === undefined ? {} : { 'accept-encoding': asked };
      const { type, answered, body } = await new Promise<{ type?: string; answered?: string; body: Buffer }>(
        (resolve, reject) =>
          get(`http://127.0.0.1:${pushing.agent.port}/metrics`, { headers, agent: false }, async (response) => {
            const body = Buffer.concat(await response.toArray());
            const { 'content-type': type, 'content-encoding': answered } = response.headers;
            resolve({ ...(type ? { type } : {}), ...(answered ? { answered } : {}), body });
          }).on('error', reject),
      );
      expect(type).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(answered).to.equal(encoding);
      expect((encoding ? gunzipSync(body) : body).toString()).to.match(/^twilio_messages_delivered_total 0$/m);
    });
  }
});
