import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { Authority } from './support/certificates.ts';
import { RecordingProxy } from './support/proxy.ts';
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  type CollectorProcess,
  eventually,
  freePort,
  startAgent,
  startCollector,
} from './support/servers.ts';

/** A name that only the proxy can resolve: what does not go through it arrives nowhere. */
const NAME = 'backend.test';

const authority = new Authority('ours');
const { cert, key } = authority.issue('backend', NAME);

const ROADS = ['OTLP over HTTP', 'OTLP over gRPC', "Twilio's REST API"] as const;

interface Case {
  readonly name: string;
  readonly scheme: 'https' | 'http';
  readonly env: (host: string) => Record<string, string>;
  readonly arrives: boolean;
}
const CASES: readonly Case[] = [
  { name: 'HTTPS_PROXY', scheme: 'https', env: (host) => ({ HTTPS_PROXY: `http://${host}` }), arrives: true },
  { name: 'https_proxy', scheme: 'https', env: (host) => ({ https_proxy: `http://${host}` }), arrives: true },
  {
    name: 'HTTP_PROXY alone, for https',
    scheme: 'https',
    env: (host) => ({ HTTP_PROXY: `http://${host}` }),
    arrives: false,
  },
  {
    name: 'HTTPS_PROXY, and NO_PROXY with the domain',
    scheme: 'https',
    env: (host) => ({ HTTPS_PROXY: `http://${host}`, NO_PROXY: 'example.com,.test' }),
    arrives: false,
  },
  {
    name: 'HTTPS_PROXY, and no_proxy with the name',
    scheme: 'https',
    env: (host) => ({ HTTPS_PROXY: `http://${host}`, no_proxy: NAME }),
    arrives: false,
  },
  { name: 'HTTP_PROXY', scheme: 'http', env: (host) => ({ HTTP_PROXY: `http://${host}` }), arrives: true },
  { name: 'http_proxy', scheme: 'http', env: (host) => ({ http_proxy: `http://${host}` }), arrives: true },
  {
    name: 'HTTPS_PROXY alone, for http',
    scheme: 'http',
    env: (host) => ({ HTTPS_PROXY: `http://${host}` }),
    arrives: false,
  },
];

const balance: RequestListener = (_req, res) => {
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify({ account_sid: ACCOUNT_SID, balance: '12.5', currency: 'USD' }));
};

describe('proxies of the environment: one rule for all three roads out', function () {
  this.timeout(60_000);
  let collector: CollectorProcess;
  const ports = { https: { http: 0, grpc: 0, api: 0 }, http: { http: 0, grpc: 0, api: 0 } };
  const apis = {
    https: createServer({ cert: readFileSync(cert), key: readFileSync(key) }, balance),
    http: createPlainServer(balance),
  };

  before(async () => {
    const receivers: Record<string, object> = {};
    for (const scheme of ['https', 'http'] as const) {
      const own = ports[scheme];
      [own.http, own.grpc] = await Promise.all([freePort(), freePort()]);
      const tls = scheme === 'https' ? { tls: { cert_file: cert, key_file: key } } : {};
      receivers[`otlp/${scheme}`] = {
        protocols: {
          http: { endpoint: `127.0.0.1:${own.http}`, ...tls },
          grpc: { endpoint: `127.0.0.1:${own.grpc}`, ...tls },
        },
      };
      await new Promise<void>((resolve) => apis[scheme].listen(0, '127.0.0.1', resolve));
      own.api = (apis[scheme].address() as AddressInfo).port;
    }
    collector = await startCollector(
      stringify({
        receivers,
        exporters: { debug: {} },
        service: { pipelines: { metrics: { receivers: Object.keys(receivers), exporters: ['debug'] } } },
      }),
    );
  });
  after(async () => {
    await collector?.stop();
    for (const api of Object.values(apis)) api.close().closeAllConnections();
  });

  /** An agent with all three roads, to a name; resolves with what became of each. */
  async function roads({ scheme, env }: Case, proxy: RecordingProxy) {
    const { http, grpc, api } = ports[scheme];
    const otlp = (port: number, protocol: string) =>
      `{endpoint: "${scheme}://${NAME}:${port}", protocol: ${protocol}, interval: 500ms, tls: {ca_file: "${authority.cert}"}}`;
    const agent = await startAgent({
      env: {
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
        TWILIO_ACCOUNT_SID: ACCOUNT_SID,
        TWILIO_API_URL: `${scheme}://${NAME}:${api}`,
        NODE_EXTRA_CA_CERTS: authority.cert,
        ...env(proxy.host),
      },
      args: [
        `exporters.otlp/http=${otlp(http, 'http/protobuf')}`,
        `exporters.otlp/grpc=${otlp(grpc, 'grpc')}`,
        'service.pipelines.metrics.exporters=[prometheus, otlp/http, otlp/grpc]',
        'receivers.twilio_api.scrapers.balance.initial_delay=0s',
        'receivers.twilio_api.scrapers.usage.enabled=false',
      ].flatMap((set) => ['--set', set]),
    });
    try {
      const exported = async (exporter: string) => {
        const count = async (outcome: string) =>
          (await agent.value('twilio_agent_exports_total', { exporter, outcome })) ?? 0;
        if ((await count('success')) > 0) return 'arrives';
        return (await count('unavailable')) + (await count('timeout')) > 0 ? 'fails' : undefined;
      };
      const read = async () => {
        if ((await agent.value('twilio_account_balance', { currency: 'USD' })) === 12.5) return 'arrives';
        return ((await agent.value('twilio_api_errors_total', { operation: 'FetchBalance' })) ?? 0) > 0
          ? 'fails'
          : undefined;
      };
      return await eventually(async () => {
        const all = [await exported('otlp/http'), await exported('otlp/grpc'), await read()];
        expect(all).to.not.include(undefined, agent.output());
        return all;
      });
    } finally {
      await agent.stop();
    }
  }

  for (const each of CASES) {
    it(`${each.name}: ${each.arrives ? 'all three go through the proxy' : 'none does'}`, async () => {
      const proxy = await RecordingProxy.start();
      try {
        const became = await roads(each, proxy);
        expect(Object.fromEntries(ROADS.map((road, i) => [road, became[i]]))).to.deep.equal(
          Object.fromEntries(ROADS.map((road) => [road, each.arrives ? 'arrives' : 'fails'])),
        );
        const { http, grpc, api } = ports[each.scheme];
        const tunnel = (port: number) => `CONNECT ${NAME}:${port}`;
        const wanted =
          each.scheme === 'https'
            ? [http, grpc, api].map(tunnel)
            : [
                `POST http://${NAME}:${http}/v1/metrics`,
                tunnel(grpc),
                `GET http://${NAME}:${api}/2010-04-01/Accounts/${ACCOUNT_SID}/Balance.json`,
              ];
        expect([...new Set(proxy.asked)].sort()).to.deep.equal(each.arrives ? wanted.sort() : []);
      } finally {
        proxy.stop();
      }
    });
  }

  for (const scheme of ['https', 'http'] as const) {
    it(`name and password of the proxy are sent to it, for ${scheme}`, async () => {
      const proxy = await RecordingProxy.start();
      try {
        const variable = `${scheme.toUpperCase()}_PROXY`;
        const env = (host: string) => ({ [variable]: `http://agent:p%40ss%3Aword@${host}` });
        expect(await roads({ name: '', scheme, env, arrives: true }, proxy)).to.deep.equal(Array(3).fill('arrives'));
        expect([...proxy.credentials]).to.deep.equal(['agent:p@ss:word']);
      } finally {
        proxy.stop();
      }
    });
  }
});
