import { expect } from 'chai';
import { Wire } from '../receive/support/socket.ts';
import { form, message, type Pair } from '../receive/support/wire.ts';
import { callback, Front } from './support/front.ts';

const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';

/** The head of a signed callback that waits to be told to go on, and its body. */
function parts(pairs: readonly Pair[]): readonly [head: string, body: string] {
  const text = callback(pairs, { headers: { Expect: '100-continue' } }).toString('latin1');
  const end = text.indexOf('\r\n\r\n') + 4;
  return [text.slice(0, end), text.slice(end)];
}

describe("forward: Expect: 100-continue is the application's to answer", () => {
  let front: Front;
  before(async () => (front = await Front.start()));
  after(() => front.stop());
  afterEach(() => (front.app.onHead = undefined));

  it('it says go on: the client hears it, sends its body, and is counted', async () => {
    const before = await front.agent.counts();
    const pairs = message('sent');
    const [head, body] = parts(pairs);
    front.app.onHead = (text, socket) => {
      expect(text).to.match(/\r\nExpect: 100-continue\r\n/);
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    };
    const wire = await Wire.open(front.port);
    wire.send(head);
    await wire.until('100', () => wire.received === 'HTTP/1.1 100 Continue\r\n\r\n');
    wire.send(body);
    await wire.until('204', () => wire.received.includes('204 No Content'));
    expect(front.app.last.body.toString()).to.equal(form(pairs));
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/accepted': 1 });
    wire.close();
  });

  it('it refuses: the client gets that, is never told to go on, and the connection ends', async () => {
    const before = await front.agent.counts();
    front.app.onHead = (_, socket) =>
      void socket.end('HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const wire = await Wire.open(front.port);
    wire.send(parts(message('sent'))[0]);
    await wire.ended();
    expect(wire.received).to.match(/^HTTP\/1\.1 413 Too Much\r\n/);
    expect(wire.received).to.match(/\r\nConnection: close\r\n/);
    expect((await front.agent.since(before, 1)).outcomes).to.deep.equal({ 'message/aborted': 1 });
  });

  it('a client that does not wait long enough is served all the same', async () => {
    const pairs = message('sent');
    const [head, body] = parts(pairs);
    const wire = await Wire.open(front.port);
    front.app.answer = () => NO_CONTENT;
    wire.send(head);
    await new Promise((resolve) => setTimeout(resolve, 50));
    wire.send(body);
    await wire.until('204', () => wire.received.startsWith('HTTP/1.1 204 '));
    expect(front.app.last.body.toString()).to.equal(form(pairs));
    wire.close();
  });
});

describe('forward: what comes before the answer', () => {
  let front: Front;
  before(async () => (front = await Front.start()));
  after(() => front.stop());

  it('102 and 103 are passed on', async () => {
    front.app.answer = () =>
      `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${NO_CONTENT}`;
    const text = (await front.send(callback(message('sent')), (all) => all.includes(' 204 '))).toString();
    expect(text).to.match(
      /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 204 /,
    );
  });

  it('hints that make no sense are left out', async () => {
    for (const link of ['', 'x', '<', '</a>; rel', 'javascript:x, <', '\u00ff']) {
      front.app.answer = () => `HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n${NO_CONTENT}`;
      const text = (await front.send(callback(message('sent')), (all) => all.includes(' 204 '))).toString();
      expect(text, link).to.match(/(?:^|\r\n\r\n)HTTP\/1\.1 204 /);
    }
  });

  it('a head is passed on before its body has come, and an answer before the body is whole', async () => {
    const wire = await Wire.open(front.port);
    let heads = 0;
    front.app.onHead = (_, socket) => {
      heads++;
      socket.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n');
    };
    wire.send('POST /twilio/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    await wire.until('403', () => wire.received.startsWith('HTTP/1.1 403 No'));
    expect(heads).to.equal(1);
    wire.close();
  });

  it('the answer comes in pieces, as the application sends them', async () => {
    front.app.onHead = undefined;
    front.app.answer = (_, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
      return undefined;
    };
    const wire = await Wire.open(front.port);
    wire.send(callback(message('sent')));
    await wire.until('the first half', () => wire.received.endsWith('\r\n\r\nabc'));
    for (const socket of front.app.sockets) socket.write('def');
    await wire.until('the other', () => wire.received.endsWith('\r\n\r\nabcdef'));
    wire.close();
  });
});
