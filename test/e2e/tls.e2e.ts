import { expect } from 'chai';
import { stringify } from 'yaml';
import { Authority, type Certificate } from './support/certificates.ts';
import {
  AUTH_TOKEN,
  type CollectorProcess,
  eventually,
  freePort,
  freshSid,
  labelled,
  messageStatus,
  signedPost,
  startAgent,
  startCollector,
} from './support/servers.ts';

const DELIVERED = 'twilio_messages_delivered_total';
const PROTOCOLS = ['grpc', 'http/protobuf'] as const;

/** What an agent trusts and shows, of the certificates that are made for the tests. */
interface Shown {
  readonly trusts: 'ours' | 'strangers' | 'system';
  readonly shows: 'ours' | 'strangers' | 'nothing';
}

const CASES: [name: string, shown: Shown, told: RegExp | undefined][] = [
  ['the right certificates', { trusts: 'ours', shows: 'ours' }, undefined],
  [
    'no certificate of its own',
    { trusts: 'ours', shows: 'nothing' },
    /certificate required|ECONNRESET|socket hang up|dropped/,
  ],
  [
    'a certificate of a stranger',
    { trusts: 'ours', shows: 'strangers' },
    /unknown ca|ECONNRESET|socket hang up|dropped/,
  ],
  ['a CA that did not sign the server', { trusts: 'strangers', shows: 'ours' }, /unable to verify|self-signed/],
  ['no CA of its own', { trusts: 'system', shows: 'ours' }, /unable to verify|self-signed/],
];

describe('TLS on both sides, with the real Collector', () => {
  let collector: CollectorProcess;
  let page: string;
  const ports: Record<string, number> = {};
  const [ours, strangers] = [new Authority('ours'), new Authority('strangers')];
  const clients: Record<string, Certificate> = { ours: ours.issue('agent'), strangers: strangers.issue('agent') };

  before(async () => {
    const [grpc, http, scrape] = await Promise.all([freePort(), freePort(), freePort()]);
    Object.assign(ports, { grpc, 'http/protobuf': http });
    page = `http://127.0.0.1:${scrape}/metrics`;
    const server = ours.issue('collector');
    const tls = { cert_file: server.cert, key_file: server.key, client_ca_file: ours.cert };
    collector = await startCollector(
      stringify({
        receivers: {
          otlp: {
            protocols: {
              grpc: { endpoint: `127.0.0.1:${grpc}`, tls },
              http: { endpoint: `127.0.0.1:${http}`, tls },
            },
          },
        },
        exporters: { prometheus: { endpoint: `127.0.0.1:${scrape}` } },
        service: { pipelines: { metrics: { receivers: ['otlp'], exporters: ['prometheus'] } } },
      }),
    );
  });
  after(() => collector?.stop());

  for (const protocol of PROTOCOLS) {
    for (const [name, { trusts, shows }, told] of CASES) {
      it(`${protocol} with ${name}: ${told ? 'a failure that is counted and told' : 'the metric arrives'}`, async () => {
        const job = `${protocol} ${name}`;
        const agent = await startAgent({
          env: {
            TWILIO_AUTH_TOKEN: AUTH_TOKEN,
            OTEL_SERVICE_NAME: job,
            OTEL_METRIC_EXPORT_INTERVAL: '500',
            OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${ports[protocol]}`,
            OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
            ...(trusts === 'system' ? {} : { OTEL_EXPORTER_OTLP_CERTIFICATE: { ours, strangers }[trusts].cert }),
            ...(shows === 'nothing'
              ? {}
              : {
                  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: clients[shows]!.cert,
                  OTEL_EXPORTER_OTLP_CLIENT_KEY: clients[shows]!.key,
                }),
          },
        });
        try {
          const callback = messageStatus(freshSid('SM'), 'delivered');
          expect((await signedPost(`${agent.url}/webhooks/message`, callback)).status).to.equal(204);
          const exports = (outcome: string) => agent.value('twilio_agent_exports_total', { exporter: 'otlp', outcome });
          const arrived = async () => labelled(await (await fetch(page)).text(), DELIVERED, { job });
          if (!told) {
            await eventually(async () => expect(await arrived()).to.equal(1));
            expect(await exports('success')).to.be.greaterThan(0);
            return;
          }
          await eventually(async () => expect(await exports('unavailable')).to.be.greaterThan(0));
          expect(await exports('success')).to.equal(0);
          expect(agent.output()).to.match(/otlp: took nothing: unavailable/);
          expect(agent.output()).to.match(told);
          expect(await arrived()).to.equal(undefined);
          expect(await agent.value(DELIVERED)).to.equal(1);
        } finally {
          expect(await agent.stop()).to.equal(0);
        }
      });
    }
  }
});
