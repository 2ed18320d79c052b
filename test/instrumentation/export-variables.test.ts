import { expect } from 'chai';
import { Agent } from '../../src/agent.ts';
import { createLogger } from '../../src/log.ts';
import { load } from '../config/room.ts';
import { Backend, type Received } from './otlp-backend.ts';

type Env = Record<string, string>;

/** What an agent without a file pushes when it stops, in this environment. */
async function pushOf(env: Env, backend: Backend): Promise<Received> {
  const config = load(env, [], ['receivers.twilio.storage=memory', 'receivers.twilio.endpoint=127.0.0.1:0']);
  const log = createLogger({ level: 'fatal', encoding: 'json', terminal: false }, { write: () => {} });
  const agent = await Agent.start({ config, log });
  // For a histogram to have a value.
  await (await fetch(`http://127.0.0.1:${agent.port}/health`)).text();
  await agent.stop();
  expect(backend.received).to.have.length(1);
  return backend.received[0]!;
}

/** The temporality of a counter, a histogram and what is observed, in OTLP's numbers: 1 delta, 2 total. */
function temporalities({ body }: Received) {
  const of = (name: string) =>
    new RegExp(`"name":"${name}".*?"aggregationTemporality":(\\d)`).exec(body.toString())?.[1];
  return [of('twilio.messages.delivered'), of('http.server.request.duration'), of('process.cpu.time')];
}

describe("OpenTelemetry's variables, without a file", () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await Backend.start();
  });
  afterEach(() => backend.stop());

  const JSON_PROTOCOL = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const at = (path = '') => ({ OTEL_EXPORTER_OTLP_ENDPOINT: backend.url + path });
  const preferring = (value: string) => ({
    ...at(),
    ...JSON_PROTOCOL,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: value,
  });
  const CASES: [name: string, env: () => Env, seen: (received: Received) => unknown, expected: unknown][] = [
    ['ENDPOINT is a base', () => at(), ({ path }) => path, '/v1/metrics'],
    ['ENDPOINT may have a path', () => at('/otlp/'), ({ path }) => path, '/otlp/v1/metrics'],
    [
      'METRICS_ENDPOINT is the whole URL, and goes first',
      () => ({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${backend.url}/in`,
      }),
      ({ path }) => path,
      '/in',
    ],
    ['the protocol is protobuf', () => at(), ({ headers }) => headers['content-type'], 'application/x-protobuf'],
    ['PROTOCOL', () => ({ ...at(), ...JSON_PROTOCOL }), ({ headers }) => headers['content-type'], 'application/json'],
    [
      'METRICS_PROTOCOL goes first',
      () => ({ ...at(), ...JSON_PROTOCOL, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf' }),
      ({ headers }) => headers['content-type'],
      'application/x-protobuf',
    ],
    [
      'HEADERS, percent-encoded, with = in a value',
      () => ({ ...at(), OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YQ==, x-scope = two ' }),
      ({ headers }) => [headers['authorization'], headers['x-scope']],
      ['Basic YQ==', 'two'],
    ],
    [
      'METRICS_HEADERS takes the place of HEADERS',
      () => ({ ...at(), OTEL_EXPORTER_OTLP_HEADERS: 'a=1', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=2' }),
      ({ headers }) => [headers['a'], headers['b']],
      [undefined, '2'],
    ],
    ['gzip', () => at(), ({ headers }) => headers['content-encoding'], 'gzip'],
    [
      'COMPRESSION',
      () => ({ ...at(), OTEL_EXPORTER_OTLP_COMPRESSION: 'none' }),
      ({ headers }) => headers['content-encoding'],
      undefined,
    ],
    [
      'METRICS_COMPRESSION goes first',
      () => ({ ...at(), OTEL_EXPORTER_OTLP_COMPRESSION: 'none', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip' }),
      ({ headers }) => headers['content-encoding'],
      'gzip',
    ],
    ['totals', () => ({ ...at(), ...JSON_PROTOCOL }), temporalities, ['2', '2', '2']],
    ['TEMPORALITY_PREFERENCE=cumulative', () => preferring('cumulative'), temporalities, ['2', '2', '2']],
    ['TEMPORALITY_PREFERENCE=DELTA, in any case', () => preferring('DELTA'), temporalities, ['1', '1', '1']],
    ['TEMPORALITY_PREFERENCE=lowmemory', () => preferring('lowmemory'), temporalities, ['1', '1', '2']],
    [
      'METRICS_EXPORTER=otlp',
      () => ({ ...at(), OTEL_METRICS_EXPORTER: 'otlp' }),
      ({ body }) => body.includes('twilio.messages.delivered'),
      true,
    ],
    [
      'SERVICE_NAME goes before RESOURCE_ATTRIBUTES',
      () => ({
        ...at(),
        ...JSON_PROTOCOL,
        OTEL_SERVICE_NAME: 'mine',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,deployment.environment.name=test%20bed',
      }),
      ({ body }) => ['"mine"', '"theirs"', '"test bed"'].map((text) => body.includes(text)),
      [true, false, true],
    ],
  ];
  for (const [name, env, seen, expected] of CASES) {
    it(name, async () => {
      expect(seen(await pushOf(env(), backend))).to.deep.equal(expected);
    });
  }

  for (const [value, pushed] of [
    ['none', 0],
    ['prometheus', 0],
    ['prometheus,otlp', 1],
  ] as const) {
    it(`METRICS_EXPORTER=${value} pushes ${pushed === 0 ? 'nothing' : 'once at the stop'}`, async () => {
      const config = load(
        { ...at(), OTEL_METRICS_EXPORTER: value },
        [],
        ['receivers.twilio.storage=memory', 'receivers.twilio.endpoint=127.0.0.1:0'],
      );
      const log = createLogger({ level: 'fatal', encoding: 'json', terminal: false }, { write: () => {} });
      const agent = await Agent.start({ config, log });
      await agent.stop();
      expect(backend.received).to.have.length(pushed);
    });
  }

  const TIMES: [name: string, env: Env, expected: { interval: number; timeout: number; elapsed: number }][] = [
    ['the defaults', {}, { interval: 60_000, timeout: 10_000, elapsed: 30_000 }],
    [
      'INTERVAL, in ms',
      { OTEL_METRIC_EXPORT_INTERVAL: '90000' },
      { interval: 90_000, timeout: 10_000, elapsed: 30_000 },
    ],
    [
      'EXPORT_TIMEOUT, in ms',
      { OTEL_METRIC_EXPORT_TIMEOUT: '7000' },
      { interval: 60_000, timeout: 10_000, elapsed: 7_000 },
    ],
    [
      'OTLP_TIMEOUT, in ms',
      { OTEL_EXPORTER_OTLP_TIMEOUT: '2500' },
      { interval: 60_000, timeout: 2_500, elapsed: 30_000 },
    ],
    [
      'METRICS_TIMEOUT goes first',
      { OTEL_EXPORTER_OTLP_TIMEOUT: '2500', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '3s' },
      { interval: 60_000, timeout: 3_000, elapsed: 30_000 },
    ],
  ];
  for (const [name, env, expected] of TIMES) {
    it(`times: ${name}`, () => {
      const { interval, timeout, retry_on_failure } = load(env).exporters.otlp['otlp']!;
      expect({ interval, timeout, elapsed: retry_on_failure.max_elapsed_time }).to.deep.equal(expected);
    });
  }
});
