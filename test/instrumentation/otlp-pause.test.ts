import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { LONGEST_PAUSE_MS } from '../../instrumentation/otlp/exporter.ts';
import { Backend, sumIn } from './otlp-backend.ts';
import { GrpcBackend, retryInfo } from './otlp-grpc-backend.ts';
import { pusher } from './otlp-push.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

describe('a backend that asks to be left alone', () => {
  let backend: Backend | GrpcBackend;
  afterEach(() => backend.stop());

  const busy = async (code: number, retryAfter: string) => {
    const started = await Backend.start((response) => response.writeHead(code, { 'retry-after': retryAfter }).end());
    backend = started;
    return started;
  };

  const inAnHour = () => new Date(Date.now() + HOUR).toUTCString();
  const CASES: [name: string, code: number, header: () => string, pauseMs: number][] = [
    ['429, for 90 s', 429, () => '90', 90 * SECOND],
    ['503, for 90 s', 503, () => '90', 90 * SECOND],
    ['for an hour: five minutes at most', 429, () => '3600', LONGEST_PAUSE_MS],
    ['until a date in an hour: five minutes at most', 503, inAnHour, LONGEST_PAUSE_MS],
    ['for ever: five minutes at most', 429, () => '9'.repeat(400), LONGEST_PAUSE_MS],
    ['until yesterday', 429, () => new Date(0).toUTCString(), 0],
    ['in words', 429, () => 'soon', 0],
    ['with a code that is no request to wait', 400, () => '90', 0],
  ];
  for (const [name, code, header, pauseMs] of CASES) {
    it(`${name}: the next push goes out ${pauseMs === 0 ? 'at once' : `after ${pauseMs / SECOND} s, not before`}`, async () => {
      const { received } = await busy(code, header());
      const { pushes, time, count, push } = await pusher(`${(backend as Backend).url}/v1/metrics`, {
        retry: { enabled: false, initialIntervalMs: 10, maxIntervalMs: 20, maxElapsedMs: SECOND },
      });
      count();
      await push();
      expect(pushes[0]!.pauseMs).to.equal(pauseMs);
      if (pauseMs > 0) {
        time.nowMs += pauseMs - 1;
        await push();
        expect(received).to.have.length(1);
        expect(pushes).to.have.length(1);
        time.nowMs += 1;
      }
      await push();
      expect(received).to.have.length(2);
    });
  }

  it('loses no delta of the turns that are left out', async () => {
    const { received } = await busy(429, '90');
    const { time, count, push } = await pusher(`${(backend as Backend).url}/v1/metrics`, { temporality: 'delta' });
    count();
    await push();
    for (let turn = 0; turn < 3; turn++) {
      count();
      await push();
    }
    time.nowMs += 90 * SECOND;
    await push();
    expect(received.map(({ body }) => sumIn(body, 'events')?.value)).to.deep.equal([1, 3]);
  });

  it('gets the last push of a process that stops all the same', async () => {
    const { received } = await busy(429, '90');
    const { exporter, provider, count, push } = await pusher(`${(backend as Backend).url}/v1/metrics`);
    count();
    await push();
    exporter.hurry();
    await provider.shutdown();
    expect(received).to.have.length(2);
  });

  it('may ask over gRPC too', async () => {
    const grpc = await GrpcBackend.start((done) =>
      done({ code: status.UNAVAILABLE, details: 'busy', metadata: retryInfo(90, 0) }),
    );
    backend = grpc;
    const { pushes, time, count, push } = await pusher(grpc.url, { protocol: 'grpc' });
    count();
    await push();
    expect(pushes[0]!.pauseMs).to.equal(90 * SECOND);
    time.nowMs += 90 * SECOND - 1;
    await push();
    expect(grpc.received).to.have.length(1);
    time.nowMs += 1;
    await push();
    expect(grpc.received).to.have.length(2);
  });
});
