import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { ExportOutcome } from '../../instrumentation/otlp/answer.ts';
import { field, GrpcBackend, type GrpcBehaviour, retryInfo } from './otlp-grpc-backend.ts';
import { pusher, SECRET } from './otlp-push.ts';

const failing =
  (code: status, metadata?: Metadata): GrpcBehaviour =>
  (done) =>
    done({ code, details: 'busy', ...(metadata ? { metadata } : {}) });
/** The first call is treated in one way, those after it are taken. */
const first =
  (behave: GrpcBehaviour): GrpcBehaviour =>
  (done, nth) =>
    nth === 1 ? behave(done, nth) : done(null, Buffer.alloc(0));
const answering =
  (body: Buffer): GrpcBehaviour =>
  (done) =>
    done(null, body);
const partial = (points: number, message: string) =>
  field(1, Buffer.concat([field(1, points), field(2, Buffer.from(message))]));
/** A trailer that is no status. */
const nonsense = new Metadata();
nonsense.set(
  'grpc-status-details-bin',
  Buffer.from([0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 7]),
);

describe('an OTLP push over gRPC', () => {
  let backend: GrpcBackend;
  afterEach(() => backend.stop());

  it('brings metadata and points', async () => {
    backend = await GrpcBackend.start();
    const { pushes, count, push } = await pusher(backend.url, { protocol: 'grpc' });
    count();
    await push();
    expect(pushes.map(({ outcome, points }) => [outcome, points])).to.deep.equal([['success', 1]]);
    const [{ metadata, request }] = backend.received as [(typeof backend.received)[0]];
    expect(metadata.get('api-key')).to.deep.equal([SECRET]);
    expect(request.includes('events')).to.equal(true);
  });

  const CASES: [name: string, behave: GrpcBehaviour, outcome: ExportOutcome, words: RegExp, calls: number][] = [
    ['is not ready once', first(failing(status.UNAVAILABLE)), 'success', /^$/, 2],
    ['refuses the key', failing(status.UNAUTHENTICATED), 'rejected', /^UNAUTHENTICATED: busy$/, 1],
    ['is exhausted for good', failing(status.RESOURCE_EXHAUSTED), 'rejected', /^RESOURCE_EXHAUSTED: busy$/, 1],
    ['is exhausted for a moment', first(failing(status.RESOURCE_EXHAUSTED, retryInfo(0, 9))), 'success', /^$/, 2],
    ['asks for more time than a push has', failing(status.UNAVAILABLE, retryInfo(90)), 'unavailable', /busy$/, 1],
    ['says nonsense beside its code', failing(status.INTERNAL, nonsense), 'rejected', /^INTERNAL: busy$/, 1],
    ['leaves a point', answering(partial(1, 'too old')), 'partial', /^too old$/, 1],
    ['leaves more points than there are', answering(partial(99, 'all bad')), 'partial', /^all bad$/, 1],
    ['answers with what is no message', answering(Buffer.from('<html>')), 'success', /not OTLP/, 1],
  ];
  for (const [name, behave, outcome, words, calls] of CASES) {
    it(`a backend that ${name}: ${outcome} after ${calls} call${calls > 1 ? 's' : ''}`, async () => {
      backend = await GrpcBackend.start(behave);
      const { pushes, count, push } = await pusher(backend.url, { protocol: 'grpc' });
      count();
      await push();
      expect(pushes).to.have.length(1);
      expect(pushes[0]).to.include({ outcome, attempts: calls, rejectedPoints: outcome === 'partial' ? 1 : 0 });
      expect(pushes[0]!.words).to.match(words);
    });
  }

  for (const [name, metadata, calls] of [
    ['asks for a pause', retryInfo(0, 9), 2],
    ['may have taken them', undefined, 1],
  ] as const) {
    it(`sends deltas ${calls === 1 ? 'once only' : 'again'} when the backend ${name}`, async () => {
      backend = await GrpcBackend.start(first(failing(status.UNAVAILABLE, metadata)));
      const { count, push } = await pusher(backend.url, { protocol: 'grpc', temporality: 'delta' });
      count();
      await push();
      expect(backend.received).to.have.length(calls);
    });
  }

  it('finds the backend again after a connection that goes nowhere', async () => {
    backend = await GrpcBackend.start();
    const { port } = new URL(backend.url);
    const sockets: Socket[] = [];
    let lost = false;
    // A firewall that forgets a connection: nothing comes through it any more, and nobody is told.
    const firewall = createServer((near) => {
      const far = connect(Number(port), '127.0.0.1');
      const forgotten = () => lost && sockets.indexOf(near) < 2;
      sockets.push(near, far);
      near.on('data', (data) => forgotten() || far.write(data)).on('error', () => {});
      far.on('data', (data) => forgotten() || near.write(data)).on('error', () => {});
    });
    await new Promise<void>((resolve) => firewall.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(firewall.address() as AddressInfo).port}`;
    try {
      const { pushes, count, push } = await pusher(url, { protocol: 'grpc', timeoutMs: 200 });
      count();
      await push();
      lost = true;
      await push();
      expect(pushes.map(({ outcome }) => outcome)).to.deep.equal(['success', 'success']);
      // On a busy machine a new connection may take longer than an attempt has.
      expect(pushes[1]!.attempts).to.be.above(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      firewall.close();
    }
  });
});
