import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { readPage } from './support/roads.ts';
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
  temporaryFolder,
} from './support/servers.ts';

const NAME = 'twilio_messages_delivered_total';
/** A histogram: each message that is delivered is observed once, and takes less than a second here. */
const TIMES = 'twilio_message_delivery_duration_seconds';
const IN_FLIGHT = 'twilio_messages_in_flight';

/** Hands requests on to the Collector, or keeps their answers from the agent, as a broken network would. */
class Network {
  /** `lost` hands the request on and lets its answer be lost; `held` takes it and does nothing. */
  mode: 'good' | 'lost' | 'held' = 'good';
  requests = 0;
  readonly #server: Server;

  constructor(target: string) {
    this.#server = createServer(async (request, response) => {
      this.requests++;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (this.mode === 'held') return;
      const { host: _host, connection: _connection, ...headers } = request.headers;
      const answer = await fetch(target + request.url, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
      });
      if (this.mode === 'lost') response.destroy();
      else response.writeHead(answer.status).end();
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe('a restart and the backend', () => {
  let prometheus: PrometheusServer;
  let collector: CollectorProcess;
  let network: Network;
  let agent: AgentProcess;
  let page: string;
  let networkUrl: string;
  let sent = 0;
  const storageDir = `${temporaryFolder()}/data`;

  const startIt = async () => {
    const keys = { interval: '300ms', timeout: '250ms' };
    const exporters = {
      'otlp/totals': { endpoint: `${prometheus.url}/api/v1/otlp`, ...keys },
      'otlp/deltas': { endpoint: networkUrl, temporality: 'delta', ...keys },
    };
    agent = await startAgent({
      storageDir,
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
      args: [
        ...Object.entries(exporters).flatMap(([id, set]) =>
          Object.entries(set).flatMap(([key, value]) => ['--set', `exporters.${id}.${key}=${value}`]),
        ),
        '--set',
        'service.pipelines.metrics.exporters=[prometheus,otlp/totals,otlp/deltas]',
      ],
    });
  };
  const count = async (messages: number) => {
    for (let i = 0; i < messages; i++) {
      const sid = freshSid('SM');
      for (const status of ['sent', 'delivered']) await tell(sid, status);
    }
    sent += messages;
  };
  const tell = async (sid: string, status: string) => {
    const { status: answer } = await signedPost(`${agent.url}/webhooks/message`, messageStatus(sid, status));
    expect(answer).to.equal(204);
  };
  /** The counter, and of the histogram its count, its lowest bucket and its highest. */
  const totals = async () => {
    const all = await Promise.all(
      [NAME, `${TIMES}_count`, `${TIMES}_bucket{le=~"1|1[.]0"}`, `${TIMES}_bucket{le="+Inf"}`].map((query) =>
        prometheus.query(query),
      ),
    );
    return all.map((samples) => samples.map(({ value }) => value));
  };
  const deltas = async () => {
    const { points } = readPage(await (await fetch(page)).text());
    const of = (wanted: string, le?: number) =>
      points
        .filter(({ name, labels }) => name === wanted && (le === undefined || Number(bound(labels['le'])) === le))
        .map(({ value }) => value);
    return [of(NAME), of(`${TIMES}_count`), of(`${TIMES}_bucket`, 1), of(`${TIMES}_bucket`, Number.POSITIVE_INFINITY)];
  };
  const bound = (le = '') => (le === '+Inf' ? 'Infinity' : le);
  /** What both roads say of the two messages that never end. */
  const inFlight = async () => {
    const { points } = readPage(await (await fetch(page)).text());
    const ofPage = points.filter(({ name, value }) => name === IN_FLIGHT && value > 0);
    const ofServer = (await prometheus.query(`${IN_FLIGHT} > 0`)).map(({ labels, value }) => ({ labels, value }));
    return [ofPage, ofServer].map((found) => found.map(({ labels, value }) => `${labels['phase']} ${value}`).sort());
  };
  const same = (value: number) => Array.from({ length: 4 }, () => [value]);
  const arrived = (read: () => Promise<number[][]>, wanted: number) =>
    eventually(async () => expect(await read()).to.deep.equal(same(wanted)));

  const underWay = () =>
    eventually(async () => {
      const wanted = ['queued 1', 'sent 1'];
      expect(await inFlight()).to.deep.equal([wanted, wanted]);
    });

  before(async () => {
    prometheus = await startPrometheus('{}', ['--web.enable-otlp-receiver']);
    const [grpc, http, scrape] = [await freePort(), await freePort(), await freePort()];
    const sidecar = new URL('../../otel-config/collector/sidecar.yaml', import.meta.url);
    collector = await startCollector(readFileSync(sidecar, 'utf8'), {
      OTLP_GRPC: `127.0.0.1:${grpc}`,
      OTLP_HTTP: `127.0.0.1:${http}`,
      SCRAPE_ENDPOINT: `127.0.0.1:${scrape}`,
    });
    page = `http://127.0.0.1:${scrape}/metrics`;
    network = new Network(`http://127.0.0.1:${http}`);
    networkUrl = await network.listen();
    await startIt();
  });
  after(async () => {
    await agent?.stop();
    network?.close();
    await Promise.all([prometheus?.stop(), collector?.stop()]);
  });

  it('totals and deltas arrive, of counters and histograms, and what is in flight', async () => {
    await count(5);
    await tell(freshSid('SM'), 'queued');
    await tell(freshSid('SM'), 'sent');
    await arrived(totals, 5);
    await arrived(deltas, 5);
    await underWay();
  });

  it('a clean stop and a start change nothing, and counting goes on', async () => {
    await count(2);
    expect(await agent.stop()).to.equal(0);
    // The last push of the stop brought everything.
    expect(await totals()).to.deep.equal(same(7));
    expect(await deltas()).to.deep.equal(same(7));
    await startIt();
    await count(1);
    await arrived(totals, 8);
    await arrived(deltas, 8);
    await underWay();
  });

  it('the totals stay one series of one counter that never starts over', async () => {
    const { value } = (await prometheus.query(`resets(${NAME}[5m])`))[0]!;
    expect(value).to.equal(0);
    const instances = (await prometheus.query(NAME)).map(({ labels }) => labels['instance']);
    expect(new Set(instances).size).to.equal(1);
  });

  let known = 8;
  it('kill -9 in the middle of a push that arrived: the totals are exact, no delta counts twice', async () => {
    network.mode = 'lost';
    await count(3);
    const before = network.requests;
    await eventually(() => expect(network.requests).to.be.greaterThan(before + 1));
    await agent.stop('SIGKILL');
    network.mode = 'good';
    await startIt();
    await count(1);
    await arrived(totals, sent);
    // All of them arrived though no answer did: sending them again would count them again.
    await arrived(deltas, sent);
    known = sent;
    await underWay();
  });

  it('kill -9 in the middle of a push that did not arrive: the totals are exact, deltas may be lost', async () => {
    network.mode = 'held';
    await count(3);
    const before = network.requests;
    await eventually(() => expect(network.requests).to.be.greaterThan(before));
    await agent.stop('SIGKILL');
    network.mode = 'good';
    await startIt();
    await count(2);
    await arrived(totals, sent);
    // The three are with the Collector at most once; here they are not at all.
    await arrived(deltas, known + 2);
    expect((await deltas())[0]![0]).to.be.at.most(sent);
    await underWay();
  });

  for (const name of [NAME, `${TIMES}_count`]) {
    it(`${name} never went back and was never more than what was sent`, async () => {
      expect((await prometheus.query(`resets(${name}[10m])`))[0]!.value).to.equal(0);
      expect((await prometheus.query(`max_over_time(${name}[10m])`))[0]!.value).to.equal(sent);
    });
  }
});
