import { expect } from 'chai';
import { Wire } from '../receive/support/socket.ts';
import { message, request } from '../receive/support/wire.ts';
import { callback, Front } from './support/front.ts';

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';
const CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n';
const ANSWERS = 'twilio_agent_forward_answers_total{http_route="/twilio/status",by="nobody"}';

describe('forward: clients', () => {
  let front: Front;
  beforeEach(async () => (front = await Front.start({ timeout: '2s' })));
  afterEach(() => front.stop());

  it('that speak HTTP/1.0 get no chunks, and the application gets a request of HTTP/1.1', async () => {
    front.app.answer = () => CHUNKS;
    const bytes = callback(message('sent'), { version: '1.0', headers: { Host: null } });
    const text = (await front.send(bytes, () => false)).toString();
    expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).to.not.match(/chunked/i);
    expect(text.endsWith('\r\n\r\nabcdef')).to.equal(true);
    expect(front.app.last.line).to.equal('POST /twilio/status HTTP/1.1');
    expect(front.app.last.headers).to.include.members(['Host', `127.0.0.1:${front.app.port}`]);
  });

  it('that send several requests at once get the answers in their order', async () => {
    front.app.answer = ({ line }, socket) => {
      const [, path = ''] = line.split(' ');
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
      // The first one takes longest.
      setTimeout(() => socket.write(answer), path.endsWith('1') ? 60 : 0);
      return undefined;
    };
    const wire = await Wire.open(front.port);
    wire.send(Buffer.concat(['1', '2', '3'].map((at) => request({ target: `/twilio/${at}`, body: 'a=b' }))));
    const answers = await wire.answers(3);
    expect(answers.map(({ body }) => body)).to.deep.equal(['/twilio/1', '/twilio/2', '/twilio/3']);
    wire.close();
  });

  it('that break off in the middle of a body: the application sees it too, and nothing counts', async () => {
    const before = await front.agent.counts();
    const ended = new Promise((resolve) => (front.app.onHead = (_, socket) => socket.once('close', resolve)));
    const wire = await Wire.open(front.port);
    const bytes = callback(message('sent'));
    wire.send(bytes.subarray(0, bytes.length - 10));
    await new Promise((resolve) => setTimeout(resolve, 50));
    wire.close();
    await ended;
    expect(front.app.requests).to.have.length(0);
    const { outcomes, twilio } = await front.agent.since(before, 1);
    expect(outcomes).to.deep.equal({ 'message/aborted': 1 });
    expect(twilio).to.deep.equal({});
    expect(await front.series(ANSWERS)).to.deep.equal({ [ANSWERS]: 1 });
  });

  // One that only says that it sends no more still waits for its answer.
  it('that are gone before the answer: what came is counted, and nobody answered', async () => {
    const before = await front.agent.counts();
    front.app.answer = () => undefined;
    const wire = await Wire.open(front.port);
    wire.send(callback(message('sent')));
    await front.agent.since(before, 1);
    wire.reset();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
    expect(await front.series(ANSWERS)).to.deep.equal({ [ANSWERS]: 1 });
    const told = Object.keys(await front.series('http_client_request_duration_seconds_count'));
    expect(told.filter((series) => series.includes('error_type="client_aborted"'))).to.have.length(1);
    expect(front.app.sockets.size, 'connections to the application').to.equal(0);
  });

  it('that do not take a large answer are left after the timeout, and so is the application', async () => {
    front.app.answer = (_, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n`);
      const more = () => socket.writable && socket.write(Buffer.alloc(1_048_576), more);
      more();
      return undefined;
    };
    const wire = await Wire.open(front.port);
    wire.socket.pause();
    wire.send(request({ target: '/twilio/large', body: '' }));
    const started = performance.now();
    while (front.app.connections === 0 || front.app.sockets.size > 0) {
      if (performance.now() - started > 6_000) throw new Error('the application still sends');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(performance.now() - started).to.be.within(1_500, 5_000);
    wire.close();
  }).timeout(10_000);
});

describe('forward: more than is allowed at the same time', () => {
  it('requests: 503, which is counted, and the application hears nothing of it', async () => {
    const front = await Front.start({}, { 'receivers.twilio.max_requests_in_flight': '1' });
    const before = await front.agent.counts();
    front.app.answer = (_, socket) => {
      setTimeout(() => socket.write(NO_CONTENT), 200);
      return undefined;
    };
    const first = front.send(callback(message('sent')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await front.send(callback(message('sent')))).toString()).to.match(/^HTTP\/1\.1 503 /);
    expect((await first).toString()).to.match(/^HTTP\/1\.1 204 /);
    expect((await front.agent.since(before, 2)).outcomes).to.deep.equal({
      'message/accepted': 1,
      'message/overloaded': 1,
    });
    expect(front.app.requests).to.have.length(1);
    await front.stop();
  });

  it('bytes: what cannot be kept passes without being counted', async () => {
    const front = await Front.start({}, { 'receivers.twilio.max_bytes_in_flight': '64KiB' });
    const before = await front.agent.counts();
    const wire = await Wire.open(front.port);
    wire.send(
      'POST /twilio/status HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 65000\r\n\r\na=',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const large = callback([...message('sent'), ['Body', 'x'.repeat(2_000)]]);
    expect((await front.send(large)).toString()).to.match(/^HTTP\/1\.1 204 /);
    expect(front.app.last.body.length).to.be.above(2_000);
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/overloaded': 1 });
    wire.close();
    await front.stop();
  });
});
