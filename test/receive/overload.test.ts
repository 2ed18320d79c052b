import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { expect } from 'chai';
import { TestAgent, total } from './support/agent.ts';
import { exchange, Wire } from './support/socket.ts';
import { CHUNKED, call, chunked, form, message, request, signed, signedCall } from './support/wire.ts';

const path = (name: string) => `receivers.twilio.${name}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withAgent(settings: Record<string, string>, run: (agent: TestAgent) => Promise<void>): Promise<void> {
  const agent = await TestAgent.start(settings);
  try {
    await run(agent);
  } finally {
    await agent.stop();
  }
}

/** Opens a connection and sends all of a request but its last bytes. */
async function begin(agent: TestAgent, bytes: Buffer): Promise<{ wire: Wire; finish: () => void }> {
  const wire = await Wire.open(agent.port);
  wire.send(bytes.subarray(0, -5));
  await pause(40);
  return { wire, finish: () => void wire.send(bytes.subarray(-5)) };
}

describe('receive: overload', () => {
  const limits: [name: string, settings: Record<string, string>, first: () => Buffer, second: () => Buffer][] = [
    ['requests', { [path('max_requests_in_flight')]: '1' }, () => signed(message()), () => signed(message())],
    [
      'bytes, of bodies without a length',
      { [path('max_bytes_in_flight')]: '64KiB' },
      () => {
        const pairs = message();
        return signed(pairs, { headers: CHUNKED, body: chunked(form(pairs)) });
      },
      () => signed(message()),
    ],
  ];
  for (const [name, settings, first, second] of limits) {
    it(`too many ${name} in flight: 503, closed, counted; the first is still counted, and then the next`, () =>
      withAgent(settings, async (agent) => {
        const before = await agent.counts();
        const { wire, finish } = await begin(agent, first());
        const refused = await exchange(agent.port, second());
        expect(refused.status).to.equal(503);
        expect(refused.head).to.match(/^connection: close$/im);
        expect(refused.body).to.match(/^overloaded: /);
        finish();
        expect((await wire.answers())[0]?.status).to.equal(204);
        wire.close();
        await agent.good();
        const { outcomes } = await agent.since(before, 3);
        expect(outcomes).to.deep.equal({ 'message/accepted': 2, 'message/overloaded': 1 });
      }));
  }

  it('a place is free again after an abort, a refusal and a slow body', () =>
    withAgent({ [path('max_requests_in_flight')]: '1', [path('request_timeout')]: '200ms' }, async (agent) => {
      const before = await agent.counts();
      const { wire } = await begin(agent, signed(message()));
      wire.reset();
      await agent.since(before, 1);
      await agent.good();
      expect((await exchange(agent.port, request({}))).status).to.equal(401);
      await agent.good();
      const slow = await begin(agent, signed(message()));
      expect((await slow.wire.answers())[0]?.status).to.equal(408);
      await agent.good();
    }));

  it('more connections than allowed are dropped and counted', () =>
    withAgent({ [path('max_connections')]: '2' }, async (agent) => {
      const before = await agent.counts();
      const held = [await Wire.open(agent.port)];
      const over = [await Wire.open(agent.port), await Wire.open(agent.port)];
      await Promise.any(over.map((wire) => wire.ended()));
      expect(over.some(({ closed }) => closed)).to.equal(true);
      for (const wire of [...held, ...over]) wire.close();
      await pause(50);
      const { outcomes } = await agent.since(before, 1);
      expect(outcomes['transport/dropped']).to.be.at.least(1);
      await agent.good();
    }));
});

describe('receive: an agent that stops', () => {
  it('answers what it accepted; what comes later on an open connection is 503 shutting_down', async () => {
    const agent = await TestAgent.start();
    const accepted = await begin(agent, signed(message()));
    const late = await Wire.open(agent.port);
    const bytes = signed(message());
    late.send(bytes.subarray(0, 20));
    await pause(40);
    const stopped = agent.stop();
    await pause(20);
    late.send(bytes.subarray(20));
    const [refused] = await late.answers();
    expect(refused?.status).to.equal(503);
    expect(refused?.body).to.match(/^shutting_down: /);
    expect(refused?.head).to.match(/^connection: close$/im);
    accepted.finish();
    const [answer] = await accepted.wire.answers();
    expect(answer?.status).to.equal(204);
    expect(answer?.head).to.match(/^connection: close$/im);
    await stopped;
  });

  for (const delayMs of [0, 1, 3, 6]) {
    it(`answers every pipelined callback that it counted, told to stop after ${delayMs} ms`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'pipelined-'));
      // On disk, so that they are still being written when the stop begins.
      const agent = await TestAgent.start({
        [path('shutdown_delay')]: '200ms',
        [path('storage')]: 'file_storage',
        'extensions.file_storage.directory': directory,
        'service.extensions': '[health_check, file_storage]',
      });
      const before = await agent.counts();
      const wire = await Wire.open(agent.port, true);
      wire.send(Buffer.concat(Array.from({ length: 20 }, () => signed(message()))));
      await pause(delayMs);
      const stopped = agent.stop();
      const answers = await wire.answers(20);
      const { outcomes } = await agent.since(before, 20);
      expect(answers.filter(({ status }) => status === 204).length).to.equal(outcomes['message/accepted'] ?? 0);
      expect(total(outcomes)).to.equal(20);
      await stopped;
      rmSync(directory, { recursive: true });
    });
  }

  it('still counts while shutdown_delay lasts, and says that it is not ready', async () => {
    const agent = await TestAgent.start({ [path('shutdown_delay')]: '250ms' });
    const before = await agent.counts();
    const stopped = agent.stop();
    const ready = await exchange(agent.port, request({ method: 'GET', target: '/ready' }));
    expect([ready.status, ready.body]).to.deep.equal([503, 'shutting_down']);
    const answer = await exchange(agent.port, signed(message()));
    expect(answer.status).to.equal(204);
    expect(answer.head).to.match(/^connection: close$/im);
    expect((await agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
    await stopped;
  });
});

describe('receive: replays', () => {
  it('an exact copy, from another connection and with another idempotency token, is a duplicate', () =>
    withAgent({}, async (agent) => {
      const before = await agent.counts();
      const pairs = message('delivered');
      const copies: Record<string, string>[] = [
        {},
        {},
        { 'I-Twilio-Idempotency-Token': 'another' },
        { 'X-Home-Region': 'ie1' },
      ];
      for (const headers of copies) {
        expect((await exchange(agent.port, signed(pairs, { headers }))).status).to.equal(204);
      }
      const since = await agent.since(before, copies.length);
      expect(since.outcomes).to.deep.equal({ 'message/accepted': 1, 'message/duplicate': 3 });
      expect(since.twilio).to.deep.equal({
        'twilio_message_callback_total{status="delivered"}': 1,
        twilio_messages_delivered_total: 1,
      });
    }));

  it('however many unknown statuses one message reports, they count once', () =>
    withAgent({}, async (agent) => {
      const before = await agent.counts();
      const [, , , , [, sid]] = message() as [never, never, never, never, [string, string]];
      for (const status of ['deliver', 'DELIVERED', 'x', 'y ', 'other']) {
        expect((await exchange(agent.port, signed(message(status, sid)))).status).to.equal(204);
      }
      const since = await agent.since(before, 5);
      expect(since.outcomes).to.deep.equal({ 'message/accepted': 1, 'message/duplicate': 4 });
      expect(since.twilio).to.deep.equal({ 'twilio_message_callback_total{status="other"}': 1 });
    }));

  it('a status that goes backwards counts, each once', () =>
    withAgent({}, async (agent) => {
      const [[, sid]] = call() as [[string, string]];
      for (const status of ['completed', 'ringing', 'completed', 'in-progress']) {
        expect((await exchange(agent.port, signedCall(call(status, sid)))).status).to.equal(204);
      }
      expect((await agent.counts()).twilio).to.deep.equal({
        'twilio_call_callback_total{status="completed"}': 1,
        'twilio_call_callback_total{status="ringing"}': 1,
        'twilio_call_callback_total{status="in-progress"}': 1,
        'twilio_calls_completed_total{call_status="completed"}': 1,
      });
    }));

  it('2,000 made-up error codes are one series', () =>
    withAgent({ [path('max_requests_per_connection')]: '5000' }, async (agent) => {
      const before = await agent.counts();
      const wire = await Wire.open(agent.port);
      for (let code = 0; code < 2_000; code++) {
        wire.send(signed(message('failed', undefined, ['ErrorCode', String(900_000 + code)])));
      }
      await wire.answers(2_000);
      wire.close();
      const since = await agent.since(before, 2_000);
      expect(since.outcomes).to.deep.equal({ 'message/accepted': 2_000 });
      expect(since.twilio).to.deep.equal({
        'twilio_message_callback_total{status="failed"}': 2_000,
        'twilio_messages_failed_total{error_code="other"}': 2_000,
        'twilio_messages_failed_by_category_total{error_category="other"}': 2_000,
      });
    }));
});

describe('receive: the log', () => {
  it('has one line for each reason and minute, with the number of those held back', () =>
    withAgent({}, async (agent) => {
      for (let i = 0; i < 5; i++) await exchange(agent.port, request({}));
      agent.clock.advance(59_000);
      await exchange(agent.port, request({}));
      agent.clock.advance(1_001);
      await exchange(agent.port, request({}));
      const lines = agent.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('signature_missing'));
      expect(lines.map(({ held_back }) => held_back)).to.deep.equal([undefined, 5]);
      expect(lines[0].level).to.equal('warn');
    }));
});

describe('receive: the scrape page', () => {
  it('is collected once for 100 scrapes at the same time, and anew for the next', () =>
    withAgent({}, async (agent) => {
      const { collect } = PrometheusExporter.prototype;
      let collections = 0;
      let arrived = () => {};
      const all = new Promise<void>((resolve) => (arrived = resolve));
      PrometheusExporter.prototype.collect = async function (...args) {
        collections++;
        await all;
        return collect.apply(this, args);
      };
      try {
        const get = request({ method: 'GET', target: '/metrics' });
        const scrapes = Array.from({ length: 100 }, () => exchange(agent.port, get));
        await pause(300);
        arrived();
        const answers = await Promise.all(scrapes);
        expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
        expect(collections).to.equal(1);
        await exchange(agent.port, get);
        expect(collections).to.equal(2);
      } finally {
        PrometheusExporter.prototype.collect = collect;
      }
    }));

  it('HEAD has no body; other methods are told which there are', () =>
    withAgent({}, async (agent) => {
      const wire = await Wire.open(agent.port);
      wire.send(request({ method: 'HEAD', target: '/live', headers: { Connection: 'close' } }));
      await wire.ended();
      expect(wire.received).to.match(/^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\n$/);
      const put = await exchange(agent.port, request({ method: 'PUT', target: '/metrics' }));
      expect(put.head).to.match(/^allow: GET, HEAD$/im);
      const family = await exchange(agent.port, request({ method: 'PUT' }));
      expect(family.head).to.match(/^allow: GET, POST$/im);
    }));

  it('has a port of its own when the exporter has an endpoint: the public one serves callbacks and health only', () =>
    withAgent({ 'exporters.prometheus.endpoint': '127.0.0.1:0' }, async (agent) => {
      const { port } = agent;
      const { metricsPort } = agent.agent;
      expect(port).to.not.equal(metricsPort);
      const get = async (at: number, target: string) => (await exchange(at, request({ method: 'GET', target }))).status;
      for (const [target, onPublic, onOwn] of [
        ['/metrics', 404, 200],
        ['/', 404, 200],
        ['/health', 200, 200],
        ['/ready', 200, 200],
        ['/live', 200, 200],
      ] as const) {
        expect([target, await get(port, target), await get(metricsPort, target)]).to.deep.equal([
          target,
          onPublic,
          onOwn,
        ]);
      }
      await agent.good();
      expect((await exchange(metricsPort, signed(message()))).status, 'a callback at the scrape port').to.equal(404);
    }));
});
