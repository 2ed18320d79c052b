import { expect } from 'chai';
import type { OtlpOptions } from '../../instrumentation/otlp/options.ts';
import type { Push } from '../../instrumentation/otlp/push.ts';
import { Backend, type Behaviour, sumIn } from './otlp-backend.ts';
import { OPTIONS, pusher, SECRET } from './otlp-push.ts';

const answer =
  (code: number, body = '', headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    response.writeHead(code, headers).end(body);
/** The first request is treated in one way, those after it are taken. */
const first =
  (behave: Behaviour): Behaviour =>
  (response, nth) =>
    nth === 1 ? behave(response, nth) : response.end();
const drip: Behaviour = (response) => {
  const timer = setInterval(() => response.write('.'), 20);
  response.on('close', () => clearInterval(timer));
};

describe('an OTLP push', () => {
  let backend: Backend;
  // Takes four seconds by its nature: it goes on beside the others.
  let hurried: ReturnType<typeof hurry>;
  before(() => {
    hurried = hurry();
    hurried.catch(() => {});
  });
  afterEach(() => backend?.stop());

  /** Counts one event and pushes once; resolves with what became of it. */
  async function push(url: string, options: Partial<OtlpOptions> = {}): Promise<Push> {
    const { pushes, provider, count, push } = await pusher(url, options);
    count();
    await push();
    const [became] = pushes;
    // The last push of a shutdown is another one.
    backend.behave = answer(200);
    await provider.shutdown();
    return became!;
  }

  for (const protocol of ['http/json', 'http/protobuf'] as const) {
    for (const compression of ['gzip', 'none'] as const) {
      it(`${protocol} with compression ${compression} brings headers and points`, async () => {
        backend = await Backend.start();
        const { outcome, points, attempts } = await push(`${backend.url}/v1/metrics`, { protocol, compression });
        expect({ outcome, points, attempts }).to.deep.equal({ outcome: 'success', points: 1, attempts: 1 });
        const { path, headers, body } = backend.received[0]!;
        expect(path).to.equal('/v1/metrics');
        expect(headers['api-key']).to.equal(SECRET);
        expect(headers['content-encoding']).to.equal(compression === 'gzip' ? 'gzip' : undefined);
        expect(headers['content-type']).to.equal(
          protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
        );
        if (protocol === 'http/json') expect(sumIn(body, 'events')).to.deep.equal({ value: 1, temporality: 2 });
        else expect(body.includes('events')).to.equal(true);
      });
    }
  }

  const grpcStatus = '\x08\x03\x12\x0bno such job';
  const PROTOBUF = { 'content-type': 'application/x-protobuf' };
  const CASES: [name: string, behave: Behaviour, outcome: string, words: RegExp, requests: number][] = [
    ['a backend that is busy once', first(answer(503, 'busy')), 'success', /^$/, 2],
    ['a gateway that fails once', first(answer(502)), 'success', /^$/, 2],
    ['a connection that breaks once', first((response) => response.destroy()), 'success', /^$/, 2],
    ['a backend that asks for a second', first(answer(429, '', { 'retry-after': '0' })), 'success', /^$/, 2],
    [
      'a backend that asks for longer than a push may take',
      answer(429, 'slow down', { 'retry-after': '30' }),
      'unavailable',
      /^429 .*slow down$/,
      1,
    ],
    ['a wrong key, echoed', answer(401, `{"message": "bad key ${SECRET}"}`), 'rejected', /^401 .*: bad key \*{3}$/, 1],
    ['a status in protobuf', answer(400, grpcStatus, PROTOBUF), 'rejected', /^400 .*: no such job$/, 1],
    ['an internal error', answer(500, 'line one\nline two\u0007'), 'rejected', /^500 .*: line one line two$/, 1],
    ['a page of HTML', answer(200, '<html>'), 'success', /not OTLP/, 1],
    [
      'a partial success',
      answer(200, '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"too old"}}'),
      'partial',
      /^too old$/,
      1,
    ],
    [
      'a partial success that is nonsense',
      answer(200, '{"partialSuccess":{"rejectedDataPoints":"x","errorMessage":7}}'),
      'success',
      /^7$/,
      1,
    ],
    ['advice', answer(200, '{"partialSuccess":{"errorMessage":"use protobuf"}}'), 'success', /^use protobuf$/, 1],
  ];
  for (const [name, behave, outcome, words, requests] of CASES) {
    it(`${name}: ${outcome} after ${requests} request${requests > 1 ? 's' : ''}`, async () => {
      backend = await Backend.start(behave);
      const became = await push(`${backend.url}/v1/metrics`);
      expect(became.outcome).to.equal(outcome);
      expect(became.words).to.match(words);
      expect(became.attempts).to.equal(requests);
      if (outcome === 'partial') expect(became.rejectedPoints).to.equal(1);
    });
  }

  for (const [name, behave] of [
    ['hangs', () => {}],
    ['drips a byte now and then', drip],
  ] as [string, Behaviour][]) {
    it(`is over in time when the backend ${name}`, async () => {
      backend = await Backend.start(behave);
      const retry = { ...OPTIONS.retry, maxElapsedMs: 400 };
      const became = await push(`${backend.url}/v1/metrics`, { timeoutMs: 150, retry });
      expect(became.outcome).to.equal('timeout');
      expect(became.attempts).to.be.greaterThan(1);
      expect(became.durationMs).to.be.below(800);
    });
  }

  it('tells a backend that is not there from one that is slow, to the last attempt', async () => {
    backend = await Backend.start();
    const { url } = backend;
    backend.stop();
    const retry = { ...OPTIONS.retry, maxElapsedMs: 200 };
    const { pushes, count, push } = await pusher(`${url}/v1/metrics`, { retry });
    for (let i = 0; i < 3; i++) {
      count();
      await push();
    }
    expect(pushes.map(({ outcome }) => outcome)).to.deep.equal(['unavailable', 'unavailable', 'unavailable']);
    expect(pushes[0]!.attempts).to.be.greaterThan(1);
  });

  const AMBIGUOUS: [name: string, behave: Behaviour, requests: number][] = [
    ['answers 503', first(answer(503)), 2],
    ['breaks the connection', first((response) => response.destroy()), 1],
    ['answers 504', first(answer(504)), 1],
    ['does not answer', first(() => {}), 1],
  ];
  for (const [name, behave, requests] of AMBIGUOUS) {
    it(`sends deltas ${requests === 1 ? 'once only' : 'again'} when the backend ${name}`, async () => {
      backend = await Backend.start(behave);
      const became = await push(`${backend.url}/v1/metrics`, { temporality: 'delta' });
      expect(became.attempts).to.equal(requests);
      expect(sumIn(backend.received[0]!.body, 'events')).to.deep.equal({ value: 1, temporality: 1 });
    });
  }

  it('sends nobody the headers and the endpoint of OTEL_EXPORTER_OTLP_*', async () => {
    const another = await Backend.start();
    const variables = {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-vendor-a=key-of-a',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-vendor-a2=key-of-a',
      OTEL_EXPORTER_OTLP_ENDPOINT: another.url,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: another.url,
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/none/ca.pem',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    };
    Object.assign(process.env, variables);
    try {
      backend = await Backend.start();
      expect((await push(`${backend.url}/v1/metrics`, { id: 'otlp/b' })).outcome).to.equal('success');
      const { headers, body } = backend.received[0]!;
      expect(JSON.stringify(headers)).not.to.match(/vendor-a|key-of-a/);
      expect(headers['content-encoding']).to.equal('gzip');
      expect(sumIn(body, 'events')?.temporality).to.equal(2);
      expect(another.received).to.deep.equal([]);
    } finally {
      for (const name of Object.keys(variables)) delete process.env[name];
      another.stop();
    }
  });

  it('lets a process go within five seconds, with one push under way and another to come', async () => {
    const { tookMs, outcomes } = await hurried;
    expect(tookMs).to.be.below(4_500);
    expect(outcomes).to.deep.equal(['timeout', 'timeout']);
  });
});

/** Stops while a push is under way to a backend that never answers: how long that took, and what became of the pushes. */
async function hurry(): Promise<{ tookMs: number; outcomes: string[] }> {
  const backend = await Backend.start(() => {});
  const retry = { ...OPTIONS.retry, maxElapsedMs: 30_000 };
  const options = { timeoutMs: 30_000, retry };
  const { pushes, exporter, provider, count, push } = await pusher(`${backend.url}/v1/metrics`, options);
  count();
  const underWay = push();
  while (backend.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const startMs = performance.now();
  exporter.hurry();
  await provider.shutdown();
  await underWay;
  const tookMs = performance.now() - startMs;
  backend.stop();
  return { tookMs, outcomes: pushes.map(({ outcome }) => outcome) };
}
