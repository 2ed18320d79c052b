import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  type AgentProcess,
  AUTH_TOKEN,
  type CollectorProcess,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type PrometheusServer,
  signedPost,
  startAgent,
  startCollector,
  startPrometheus,
  tool,
} from './support/servers.ts';

const FOLDER = new URL('../../otel-config/collector/', import.meta.url);
const run = promisify(execFile);

describe('the shipped Collector configurations', () => {
  for (const name of readdirSync(FOLDER)) {
    it(`${name} is valid for the real Collector, without a warning`, async () => {
      const file = fileURLToPath(new URL(name, FOLDER));
      const { stdout, stderr } = await run(await tool('otelcol-test'), ['validate', `--config=${file}`]);
      expect(stdout + stderr).to.equal('');
    });
  }

  describe('gateway.yaml', () => {
    let agents: AgentProcess[];
    let gateway: CollectorProcess;
    let written: PrometheusServer;
    let pushed: PrometheusServer;

    before(async () => {
      written = await startPrometheus('{}', ['--web.enable-remote-write-receiver']);
      pushed = await startPrometheus('{}', ['--web.enable-otlp-receiver']);
      const [grpc, http] = [await freePort(), await freePort()];
      gateway = await startCollector(readFileSync(new URL('gateway.yaml', FOLDER), 'utf8'), {
        OTLP_GRPC: `127.0.0.1:${grpc}`,
        OTLP_HTTP: `127.0.0.1:${http}`,
        REMOTE_WRITE_URL: `${written.url}/api/v1/write`,
        BACKEND_URL: `${pushed.url}/api/v1/otlp`,
      });
      const timing = { OTEL_METRIC_EXPORT_INTERVAL: '500', TWILIO_AUTH_TOKEN: AUTH_TOKEN };
      agents = await Promise.all([
        // Everything by OpenTelemetry's own variables: no file, no --set.
        startAgent({
          env: { ...timing, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${http}`, OTEL_SERVICE_NAME: 'by-http' },
        }),
        startAgent({
          env: {
            ...timing,
            OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${grpc}`,
            OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
            OTEL_EXPORTER_OTLP_INSECURE: 'true',
            OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
            OTEL_RESOURCE_ATTRIBUTES: 'service.name=by-grpc,deployment.environment.name=test',
          },
        }),
      ]);
      for (const agent of agents) {
        for (let i = 0; i < 3; i++) {
          await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'delivered'));
        }
      }
    });
    after(() => Promise.all([...(agents ?? []), gateway, written, pushed].map((each) => each?.stop())));

    for (const [road, server] of [
      ['remote write', () => written],
      ['OTLP', () => pushed],
    ] as const) {
      it(`hands totals and deltas on by ${road}`, () =>
        eventually(async () => {
          const samples = await server().query('twilio_messages_delivered_total');
          const counted = samples.map(({ labels, value }) => [labels['job'], value]).sort();
          expect(counted).to.deep.equal([
            ['by-grpc', 3],
            ['by-http', 3],
          ]);
        }));
    }

    it('hands the resource on', () =>
      eventually(async () => {
        const [info] = await written.query('target_info{job="by-grpc"}');
        expect(info?.labels).to.include({ deployment_environment_name: 'test' });
      }));
  });
});
