import { expect } from 'chai';
import { type Counts, TestAgent, total } from './support/agent.ts';
import { Wire } from './support/socket.ts';
import { CHUNKED, form, freshSid, message, request, signed, signedGet } from './support/wire.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cut = (bytes: Buffer, from = -10) => [bytes.subarray(0, from), bytes.subarray(from)] as const;
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);

const chunkedGet = (body: string) => ({
  headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/x-www-form-urlencoded' },
  body,
});

describe('receive: connections', () => {
  let agent: TestAgent;
  let last: Counts;
  const open = (halfOpen = false) => Wire.open(agent.port, halfOpen);
  /** Holds what came since the test before against what is expected: one that is counted too late fails the next. */
  const counted = async (expected: Record<string, number>) => {
    await agent.good();
    const all = { ...expected, 'message/accepted': (expected['message/accepted'] ?? 0) + 1 };
    const { outcomes, now } = await agent.since(last, total(all));
    last = now;
    expect(outcomes).to.deep.equal(all);
  };

  before(async () => {
    agent = await TestAgent.start();
    last = await agent.counts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') last = await agent.counts();
  });
  after(() => agent.stop());

  for (const [name, end] of [
    ['FIN', (wire: Wire) => void wire.socket.end()],
    ['RST', (wire: Wire) => wire.reset()],
  ] as const) {
    for (const [kind, bytes] of [
      ['with a length', () => cut(signed(message()))[0]],
      ['in chunks', () => cut(request({ headers: CHUNKED, body: '40\r\nMessageSid=' }), -3)[0]],
      ['that never began', () => request({ headers: { 'Content-Length': '100' } })],
    ] as const) {
      it(`a body ${kind}, then ${name}: aborted`, async () => {
        const wire = await open(true);
        wire.send(bytes());
        await pause(30);
        end(wire);
        await counted({ 'message/aborted': 1 });
        wire.close();
      });
    }
    it(`half a head, then ${name}: ${name === 'FIN' ? 'a bad request' : 'nothing'}`, async () => {
      const wire = await open(true);
      wire.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\nX-');
      await pause(30);
      end(wire);
      await counted(name === 'FIN' ? { 'transport/bad_request': 1 } : {});
      wire.close();
    });
    it(`a connection without a byte, then ${name}: nothing`, async () => {
      const wire = await open(true);
      end(wire);
      await counted({});
    });
  }

  it('a whole request, then FIN: answered and counted', async () => {
    const wire = await open(true);
    wire.send(signed(message()));
    wire.socket.end();
    expect(statuses(await wire.answers())).to.deep.equal([204]);
    await wire.ended();
    await counted({ 'message/accepted': 1 });
  });

  it('a whole request, then RST at once: counted once, or never read', async () => {
    const wire = await open();
    wire.send(signed(message()));
    await pause(5);
    wire.reset();
    await counted({ 'message/accepted': 1 });
  });

  it('garbage in many pieces is one bad request', async () => {
    const wire = await open(true);
    for (let i = 0; i < 20; i++) {
      wire.send(`garbage ${i}\r\n\r\n`);
      await pause(3);
    }
    expect(statuses(await wire.answers())).to.deep.equal([400]);
    wire.close();
    await counted({ 'transport/bad_request': 1 });
  });

  for (const count of [2, 100]) {
    it(`${count} pipelined requests are answered in order`, async () => {
      const bytes = Array.from({ length: count }, (_, i) => {
        if (i % 3 === 0) return signed(message());
        return i % 3 === 1 ? signed(message('sent', freshSid('CA'))) : request({});
      });
      const wire = await open();
      wire.send(Buffer.concat(bytes));
      const expected = bytes.map((_, i) => [204, 400, 401][i % 3]);
      expect(statuses(await wire.answers(count))).to.deep.equal(expected);
      wire.close();
      const times = (status: number) => expected.filter((one) => one === status).length;
      const rest = { 'message/invalid_sid': times(400), 'message/signature_missing': times(401) };
      const nonzero = Object.entries(rest).filter(([, times]) => times > 0);
      await counted({ 'message/accepted': times(204), ...Object.fromEntries(nonzero) });
    });
  }

  it('garbage after good requests: they are answered, then 400', async () => {
    const wire = await open();
    wire.send(Buffer.concat([signed(message()), signed(message()), Buffer.from('garbage\r\n\r\n')]));
    expect(statuses(await wire.answers(3))).to.deep.equal([204, 204, 400]);
    await wire.ended();
    await counted({ 'message/accepted': 2, 'transport/bad_request': 1 });
  });

  it('a broken chunk after a good request: it is answered, then 400', async () => {
    const wire = await open();
    wire.send(Buffer.concat([signed(message()), request({ headers: CHUNKED, body: 'zz\r\n' })]));
    expect(statuses(await wire.answers(2))).to.deep.equal([204, 400]);
    await wire.ended();
    await counted({ 'message/accepted': 1, 'message/bad_request': 1 });
  });

  for (const [name, refused, reason] of [
    ['a path that is not there', { target: '/nowhere', body: 'a=b' }, 'transport/not_found'],
    ['a type that is not read', { headers: { 'Content-Type': 'text/plain' }, body: 'a=b' }, 'message/content_type'],
  ] as const) {
    it(`a good request behind ${name}, whose answer closes: not counted, for it gets no answer`, async () => {
      const wire = await open(true);
      wire.send(Buffer.concat([request(refused), signed(message())]));
      expect(await wire.answers()).to.have.length(1);
      await wire.ended();
      await counted({ [reason]: 1, 'transport/dropped': 1 });
    });
  }

  for (const [name, end] of [
    ['a chunk that is none', chunkedGet('ZZ\r\n')],
    ['a negative chunk', chunkedGet('-1\r\n')],
    ['a bad end of a chunk', chunkedGet('1\r\naXX\r\n')],
    ['a chunk extension of 20 kB', chunkedGet(`1;${'x'.repeat(20_000)}\r\n`)],
    ['a body that is cut short', { 'Content-Length': '50' }],
  ] as const) {
    it(`a signed GET with ${name}: what its answer says is what was counted`, async () => {
      const wire = await open(true);
      const { headers, body } = 'body' in end ? end : { headers: end, body: 'short' };
      wire.send(Buffer.concat([signedGet(message(), { headers }), Buffer.from(body)]));
      wire.socket.end();
      const [answer] = await wire.answers();
      await wire.ended();
      const since = await agent.since(last, 1);
      const accepted = since.outcomes['message/accepted'] === 1;
      expect([answer?.status === 204, total(since.outcomes)]).to.deep.equal([accepted, 1]);
      expect(Object.keys(since.twilio)).to.have.length(accepted ? 1 : 0);
      last = since.now;
      await counted({});
    });
  }

  it('a page with a body that is malformed is answered as a page, or is one bad request', async () => {
    const wire = await open(true);
    const page = request({ method: 'GET', target: '/live', headers: CHUNKED, body: 'ZZ\r\n' });
    wire.send(page);
    const [answer] = await wire.answers();
    await wire.ended();
    await counted(answer?.status === 200 ? {} : { 'transport/bad_request': 1 });
  });

  it('CONNECT after good requests: they are answered, then the connection ends', async () => {
    const wire = await open(true);
    const connect = Buffer.from('CONNECT evil.example:1 HTTP/1.1\r\nHost: evil.example\r\n\r\n');
    wire.send(Buffer.concat([signed(message()), signed(message()), connect]));
    expect(statuses(await wire.answers(2))).to.deep.equal([204, 204]);
    await wire.ended();
    await counted({ 'message/accepted': 2, 'transport/connect': 1 });
  });

  it('HTTP/1.0 that would go on: the first is answered, and what is sent behind it is not counted', async () => {
    const old = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(' HTTP/1.1', ' HTTP/1.0'), 'latin1');
    const wire = await open(true);
    const headers = { Connection: 'keep-alive' };
    wire.send(Buffer.concat([old(signed(message(), { headers })), old(signed(message(), { headers }))]));
    expect(statuses(await wire.answers(2))).to.deep.equal([204]);
    await wire.ended();
    await counted({ 'message/accepted': 1, 'transport/dropped': 1 });
  });

  for (const protocol of ['h2c', 'TLS/1.0', 'foo']) {
    it(`an offer of ${protocol}: its answer closes, because Node loses what comes behind it`, async () => {
      const headers = { Connection: 'Upgrade', Upgrade: protocol };
      const wire = await open(true);
      wire.send(Buffer.concat([signed(message(), { headers }), signed(message())]));
      const [answer] = await wire.answers();
      expect([answer?.status, /^connection: close$/im.test(answer?.head ?? '')]).to.deep.equal([204, true]);
      await wire.ended();
      const { outcomes, now } = await agent.since(last, 2, 200);
      expect(outcomes['message/accepted']).to.equal(1);
      last = now;
    });
  }

  it('half a request after a good one, then FIN: one accepted, one aborted', async () => {
    const wire = await open(true);
    wire.send(Buffer.concat([signed(message()), cut(signed(message()))[0]]));
    wire.socket.end();
    expect(statuses(await wire.answers(2))).to.deep.equal([204, 400]);
    await counted({ 'message/accepted': 1, 'message/aborted': 1 });
  });

  it('Expect: 100-continue is told to go on', async () => {
    const wire = await open();
    const [head, body] = cut(signed(message(), { headers: { Expect: '100-continue' } }), -form(message()).length);
    wire.send(head);
    await wire.until('100', () => wire.received.startsWith('HTTP/1.1 100 Continue'));
    wire.send(body);
    expect(statuses(await wire.answers())).to.deep.equal([204]);
    wire.close();
    await counted({ 'message/accepted': 1 });
  });

  /** A sender that expects to be told to go on, and sends its body only then. */
  const expecting = async (bytes: Buffer, outcome: string, status: number) => {
    const wire = await open();
    const end = bytes.indexOf('\r\n\r\n') + 4;
    wire.send(bytes.subarray(0, end));
    expect(statuses(await wire.answers())).to.deep.equal([status]);
    expect(wire.received).not.to.include('100 Continue');
    await wire.ended();
    await counted({ [outcome]: 1 });
  };
  const EXPECT = { Expect: '100-continue' };
  for (const [name, bytes, outcome, status] of [
    [
      'without a signature',
      () => request({ headers: EXPECT, body: form(message()) }),
      'message/signature_missing',
      401,
    ],
    [
      'with a body over the limit',
      () => signed(message(), { headers: EXPECT, body: 'a'.repeat(70_000) }),
      'message/body_too_large',
      413,
    ],
    [
      'with a body of the wrong type',
      () => signed(message(), { headers: { ...EXPECT, 'Content-Type': 'text/plain' } }),
      'message/content_type',
      415,
    ],
    [
      'with a compressed body',
      () => signed(message(), { headers: { ...EXPECT, 'Content-Encoding': 'gzip' } }),
      'message/content_encoding',
      415,
    ],
    [
      'with a method that is not served',
      () => signed(message(), { method: 'PUT', headers: EXPECT }),
      'message/method_not_allowed',
      405,
    ],
    [
      'at a path that is not there',
      () => signed(message(), { target: '/nowhere', headers: EXPECT }),
      'transport/not_found',
      404,
    ],
    [
      'to something else too',
      () => signed(message(), { headers: { Expect: '100-continue, miracles' } }),
      'message/bad_request',
      417,
    ],
  ] as const) {
    it(`who expects 100-continue ${name} is refused before the upload`, () => expecting(bytes(), outcome, status));
  }

  it('Expect: 100-continue behind another request is told to go on when that is answered', async () => {
    const wire = await open();
    const [head, body] = cut(signed(message(), { headers: EXPECT }), -form(message()).length);
    wire.send(Buffer.concat([signed(message()), head]));
    await wire.until('100', () => /204 No Content.*HTTP\/1\.1 100 Continue/s.test(wire.received));
    wire.send(body);
    expect(statuses(await wire.answers(2))).to.deep.equal([204, 204]);
    wire.close();
    await counted({ 'message/accepted': 2 });
  });

  it('a signed GET that expects 100-continue is answered without, and nothing is taken for its body', async () => {
    const wire = await open(true);
    wire.send(signedGet(message(), { headers: { ...EXPECT, 'Content-Length': '4' } }));
    expect(statuses(await wire.answers())).to.deep.equal([204]);
    expect(wire.received)
      .to.match(/connection: close/i)
      .and.not.to.include('100 Continue');
    await wire.ended();
    wire.close();
    await counted({ 'message/accepted': 1 });
  });

  it('counts nothing more a moment later', async () => {
    await pause(60);
    await counted({});
  });
});

describe('receive: with the timeouts of every day', () => {
  let agent: TestAgent;
  before(async () => {
    agent = await TestAgent.start();
  });
  after(() => agent.stop());

  it('a sender that reads only after it has sent all 20 MB gets its 413', async () => {
    const before = await agent.counts();
    const wire = await Wire.open(agent.port, true);
    wire.socket.pause();
    const bytes = request({ body: Buffer.alloc(20_000_000, 'a') });
    await new Promise<void>((resolve, reject) => {
      wire.socket.once('error', reject);
      wire.socket.write(bytes, () => resolve());
    });
    wire.socket.resume();
    expect(statuses(await wire.answers())).to.deep.equal([413]);
    expect((await agent.since(before, 1)).outcomes).to.deep.equal({ 'message/body_too_large': 1 });
    wire.close();
  });
});

describe('receive: the most requests of one connection', () => {
  it('closes after them; what was sent beyond is refused and counted', async () => {
    const agent = await TestAgent.start({ 'receivers.twilio.max_requests_per_connection': '3' });
    try {
      const before = await agent.counts();
      const wire = await Wire.open(agent.port);
      wire.send(Buffer.concat(Array.from({ length: 4 }, () => signed(message()))));
      expect(statuses(await wire.answers(4))).to.deep.equal([204, 204, 204, 503]);
      await wire.ended();
      const { outcomes } = await agent.since(before, 4);
      expect(outcomes).to.deep.equal({ 'message/accepted': 3, 'transport/dropped': 1 });
      await agent.good();
    } finally {
      await agent.stop();
    }
  });
});
