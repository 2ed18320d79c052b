import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load, problems } from '../config/room.ts';

const named = (...ids: string[]) => `service.pipelines.metrics.exporters=[${ids.join(',')}]`;

describe('a wrong exporter configuration', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'twilio-otel-agent-'));
    for (const name of ['a', 'b']) {
      const asked = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-subj', '/CN=localhost'];
      const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
      execFileSync('openssl', ['req', '-x509', '-nodes', ...asked, ...files], { stdio: 'ignore' });
    }
    writeFileSync(file('text.pem'), 'no certificate');
  });
  after(() => rmSync(folder, { recursive: true }));

  const HTTP = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
  const CASES: [name: string, env: Record<string, string>, sets: () => string[], expected: RegExp[]][] = [
    [
      'an unknown protocol',
      { ...HTTP, OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' },
      () => [],
      [
        /^exporters\.otlp\.protocol \(from OTEL_EXPORTER_OTLP_PROTOCOL\): must be one of http\/protobuf, http\/json, grpc/,
      ],
    ],
    [
      'an endpoint without a scheme for HTTP',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' },
      () => [],
      [/^exporters\.otlp\.endpoint \(from OTEL_EXPORTER_OTLP_ENDPOINT\): must be an http or https URL/],
    ],
    [
      'credentials in the endpoint, which are not shown',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:secret-key@localhost:4318' },
      () => [],
      [/^exporters\.otlp\.endpoint \(from OTEL_EXPORTER_OTLP_ENDPOINT\): must be an http or https URL without cred/],
    ],
    [
      'a path for grpc',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4317/v1/metrics', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      () => [],
      [/^exporters\.otlp\.endpoint .*: must be host:port/],
    ],
    [
      'a header without =',
      { ...HTTP, OTEL_EXPORTER_OTLP_HEADERS: 'secret-key' },
      () => [],
      [/^exporters\.otlp\.headers \(from OTEL_EXPORTER_OTLP_HEADERS\): must be key=value,key2=value2$/],
    ],
    [
      'a header that cannot be sent',
      { ...HTTP, OTEL_EXPORTER_OTLP_HEADERS: 'a b=c' },
      () => [],
      [/^exporters\.otlp\.headers .*: must be key=value/],
    ],
    [
      'headers that gRPC cannot send',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://localhost:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      () => ['exporters.otlp.headers={trace-bin: secret-key, "a!b": secret-key, c: "sécret-key"}'],
      [
        /^exporters\.otlp\.headers: holds a header that gRPC cannot send: "trace-bin"$/,
        /^exporters\.otlp\.headers: holds a header that gRPC cannot send: "a!b"$/,
        /^exporters\.otlp\.headers: holds a value that gRPC cannot send, only ASCII can be: "c"$/,
      ],
    ],
    [
      'a header that says what the request is',
      { ...HTTP, OTEL_EXPORTER_OTLP_HEADERS: 'Content-Length=secret-key,content-encoding=gzip' },
      () => [],
      [
        /^exporters\.otlp\.headers .*: holds a header that the exporter writes itself: "Content-Length"$/,
        /^exporters\.otlp\.headers .*: holds a header that the exporter writes itself: "content-encoding"$/,
      ],
    ],
    [
      'certificate files that are not there, no certificate, or of somebody else',
      HTTP,
      () => [
        `exporters.otlp.tls.ca_file=${file('none.pem')}`,
        `exporters.otlp.tls.cert_file=${file('a.pem')}`,
        `exporters.otlp.tls.key_file=${file('b.key')}`,
        'exporters.otlp/b.endpoint=https://b.example.com',
        `exporters.otlp/b.tls.ca_file=${file('text.pem')}`,
        `exporters.otlp/b.tls.key_file=${file('a.key')}`,
        named('otlp', 'otlp/b'),
      ],
      [
        /^exporters\.otlp\.tls\.ca_file: cannot be read: there is no such file$/,
        /^exporters\.otlp\.tls\.key_file: is not the key of cert_file$/,
        /^exporters\.otlp\/b\.tls\.ca_file: is not a certificate in PEM$/,
        /^exporters\.otlp\/b\.tls\.cert_file: is needed beside key_file$/,
      ],
    ],
    [
      'two exporters that push the same to the same place',
      HTTP,
      () => ['exporters.otlp/b.metrics_endpoint=http://localhost:4318/v1/metrics', named('otlp', 'otlp/b')],
      [/^exporters\.otlp\/b\.metrics_endpoint: is where otlp pushes the same to already, with the same headers$/],
    ],
    [
      'times that do not fit into the interval',
      { ...HTTP, OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_EXPORTER_OTLP_TIMEOUT: '6000' },
      () => ['exporters.otlp.retry_on_failure.max_elapsed_time=7s'],
      [
        /^exporters\.otlp\.timeout \(from OTEL_EXPORTER_OTLP_TIMEOUT\): must not be longer than interval \(5000 ms\)$/,
        /^exporters\.otlp\.retry_on_failure\.max_elapsed_time: must not be longer than interval/,
      ],
    ],
  ];
  for (const [name, env, sets, expected] of CASES) {
    it(`${name} is told by key path, all at once`, () => {
      const told = problems(env, [], sets());
      expect(told, told.join('\n')).to.have.length(expected.length);
      for (const [i, pattern] of expected.entries()) expect(told[i]).to.match(pattern);
      expect(told.join()).not.to.include('secret-key');
    });
  }

  it('is not what differs in its headers or its certificate, cuts a default to its interval, or is off', () => {
    const env = { ...HTTP, OTEL_METRIC_EXPORT_INTERVAL: '1000' };
    expect(
      load(
        env,
        [],
        [
          'exporters.otlp/tenant.endpoint=http://localhost:4318',
          'exporters.otlp/tenant.headers.X-Scope-OrgID=two',
          'exporters.otlp/client.endpoint=http://localhost:4318',
          `exporters.otlp/client.tls.cert_file=${file('a.pem')}`,
          `exporters.otlp/client.tls.key_file=${file('a.key')}`,
          'exporters.otlp/off.endpoint=nonsense',
          `exporters.otlp.tls.ca_file=${file('a.pem')}`,
          named('otlp', 'otlp/tenant', 'otlp/client'),
        ],
      ).exporters.otlp['otlp']?.interval,
    ).to.equal(1_000);
  });
});
