import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Agent } from '../../src/agent.ts';
import { createLogger } from '../../src/log.ts';
import { load } from '../config/room.ts';
import { Backend } from './otlp-backend.ts';

const FOLDER = new URL('../../otel-config/examples/', import.meta.url);

interface Expected {
  readonly env: (url: string) => Record<string, string>;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly temporality: 'cumulative' | 'delta';
}

const EXAMPLES: Record<string, Expected> = {
  'grafana-cloud.yaml': {
    env: (url) => ({ GRAFANA_OTLP_ENDPOINT: `${url}/otlp`, GRAFANA_BASIC_AUTH: 'MTIzOnRva2Vu' }),
    path: '/otlp/v1/metrics',
    headers: { authorization: 'Basic MTIzOnRva2Vu' },
    temporality: 'cumulative',
  },
  'honeycomb.yaml': {
    env: (url) => ({ HONEYCOMB_ENDPOINT: url, HONEYCOMB_API_KEY: 'hcaik_1', HONEYCOMB_DATASET: 'twilio' }),
    path: '/v1/metrics',
    headers: { 'x-honeycomb-team': 'hcaik_1', 'x-honeycomb-dataset': 'twilio' },
    temporality: 'cumulative',
  },
  'datadog.yaml': {
    env: (url) => ({ DD_OTLP_ENDPOINT: url, DD_API_KEY: 'dd_1' }),
    path: '/v1/metrics',
    headers: { 'dd-api-key': 'dd_1' },
    temporality: 'delta',
  },
};

describe('examples of hosted backends', () => {
  it('are each run here', () => {
    expect(readdirSync(FOLDER).filter((name) => name in EXAMPLES)).to.have.length(Object.keys(EXAMPLES).length);
    expect(Object.keys(EXAMPLES)).to.include.members(
      readdirSync(FOLDER).filter((name) => /exporters:\n {2}otlp\//.test(readFileSync(new URL(name, FOLDER), 'utf8'))),
    );
  });

  for (const [name, { env, path, headers, temporality }] of Object.entries(EXAMPLES)) {
    const file = readFileSync(new URL(name, FOLDER), 'utf8');

    it(`${name} is valid before anything is set`, () => {
      expect(load({}, [file]).service.pipelines.metrics.exporters).to.have.length(3);
    });

    // As shipped, and in JSON, which a test can read.
    for (const protocol of ['http/protobuf', 'http/json']) {
      it(`${name} pushes what its backend asks for (${protocol})`, async () => {
        const backend = await Backend.start();
        const [, exporter] = /^ {2}(otlp\/\w+):/m.exec(file)!;
        const local = ['receivers.twilio.storage=memory', 'receivers.twilio.endpoint=127.0.0.1:0'];
        const asJson = protocol === 'http/json' ? [`exporters.${exporter}.protocol=${protocol}`] : [];
        const config = load(env(backend.url), [file], [...local, ...asJson]);
        const log = createLogger({ level: 'fatal', encoding: 'json', terminal: false }, { write: () => {} });
        const agent = await Agent.start({ config, log });
        await agent.stop();
        backend.stop();
        expect(backend.received).to.have.length(1);
        const { body, ...received } = backend.received[0]!;
        expect(received.path).to.equal(path);
        expect(received.headers).to.include({ ...headers, 'content-encoding': 'gzip' });
        const json = protocol === 'http/json';
        expect(received.headers['content-type']).to.equal(json ? 'application/json' : 'application/x-protobuf');
        if (!json) return;
        const told = [...body.toString().matchAll(/"aggregationTemporality":(\d)/g)].map(([, value]) => value);
        expect(new Set(told)).to.deep.equal(new Set([temporality === 'delta' ? '1' : '2']));
      });
    }
  }
});
