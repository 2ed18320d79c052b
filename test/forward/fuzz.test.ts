import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { Random } from '../fuzz/mutations.ts';
import { Front } from './support/front.ts';
import { endToEnd, type Message, randomAnswer, randomRequest, written } from './support/messages.ts';
import { find, parseMessage, type Received } from './support/upstream.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);

/** What the application must get of a request's headers. */
function expectedHeaders({ line, headers, framing }: Message): string[] {
  // Nobody is trusted to name another host or port than that of Host.
  const passed = without(endToEnd(headers), /^x-forwarded-(?:host|port)$/i);
  if (find(passed, 'x-forwarded-proto') === undefined) passed.push('X-Forwarded-Proto', 'https');
  passed.push('X-Forwarded-Host', find(passed, 'host')!);
  passed.push('X-Forwarded-For', '127.0.0.1');
  // What no rule asks for, and no reader takes for anything else: a length where the method lets one expect a body.
  const bare = /^(?:GET|HEAD|DELETE|OPTIONS|TRACE) /.test(line);
  if (framing === 'none' && !bare) passed.push('Content-Length', '0');
  return passed;
}

const without = (headers: readonly string[], name: RegExp): string[] =>
  headers.filter((_, i) => !name.test(headers[i - (i % 2)]!));

/** A client on a bare connection, which is kept for as long as both sides let it. */
class Client {
  readonly #port: number;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  async ask(request: Buffer, pieces: number, noBody: boolean): Promise<Received> {
    if (!this.#socket || this.#ended) this.#open();
    const socket = this.#socket!;
    const step = Math.ceil(request.length / pieces);
    for (let at = 0; at < request.length; at += step) {
      socket.write(request.subarray(at, at + step));
      if (pieces > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    for (;;) {
      const parsed = parseMessage(this.#received, {
        noBody: noBody || /^HTTP\/1\.1 (?:204|304)/.test(this.#received.toString('latin1', 0, 12)),
      });
      if (parsed) {
        this.#received = parsed.rest;
        return parsed.message;
      }
      if (this.#ended) throw new Error(`the connection ended after ${this.#received.toString('latin1', 0, 200)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#received = Buffer.alloc(0);
    this.#ended = false;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended ||= socket === this.#socket;
      this.#wake();
    });
    this.#socket = socket;
  }
}

describe('fuzz: what is passed on', () => {
  it(`arrives byte for byte, both ways (FUZZ_SEED=${SEED}, ${SECONDS} s)`, async function () {
    this.timeout(SECONDS * 1_000 + 30_000);
    const random = new Random(SEED);
    const front = await Front.start({}, { 'receivers.twilio.max_requests_per_connection': '1000000' });
    const client = new Client(front.port);
    let count = 0;
    try {
      for (const until = performance.now() + SECONDS * 1_000; performance.now() < until; count++) {
        const request = randomRequest(random, random.below(4) === 0 ? '/twilio/status' : '/twilio/');
        const method = request.line.split(' ')[0]!;
        const answer = randomAnswer(random, method);
        front.app.forget();
        front.app.answer = (_, socket) => {
          const bytes = written(random, answer);
          const cut = random.below(3) === 0 ? random.below(bytes.length + 1) : bytes.length;
          socket.write(bytes.subarray(0, cut));
          setImmediate(() => {
            socket.write(bytes.subarray(cut));
            if (answer.framing === 'close') socket.end();
          });
          return undefined;
        };
        const got = await client.ask(written(random, request), random.below(4) === 0 ? 3 : 1, method === 'HEAD');
        if (front.app.requests.length === 0) throw new Error(`${request.line} is answered ${got.line} ${got.body}`);
        const reached = front.app.last;
        expect(reached.line).to.equal(request.line);
        expect(endToEnd(reached.headers, ''), request.line).to.deep.equal(expectedHeaders(request));
        expect(reached.body.equals(request.body), `body of ${reached.body.length} bytes`).to.equal(true);
        expect(reached.trailers).to.deep.equal(request.trailers);
        expect(got.line).to.equal(answer.line);
        expect(endToEnd(got.headers, '')).to.deep.equal(endToEnd(answer.headers));
        expect(got.body.equals(answer.body), `answer of ${got.body.length} bytes`).to.equal(true);
        expect(got.trailers).to.deep.equal(answer.trailers);
      }
    } catch (error) {
      throw new Error(`FUZZ_SEED=${SEED}, request ${count}: ${(error as Error).message}`, { cause: error });
    } finally {
      client.close();
      await front.stop();
    }
    console.log(`      ${count} requests and answers`);
    expect(count).to.be.greaterThan(SECONDS * 20);
  });
});
