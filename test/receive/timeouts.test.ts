import { expect } from 'chai';
import { TestAgent, total } from './support/agent.ts';
import { Wire } from './support/socket.ts';
import { message, request, signed, signedGet } from './support/wire.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);

/** Long enough to be told apart, and no longer. */
const SHORT = {
  'receivers.twilio.headers_timeout': '300ms',
  'receivers.twilio.request_timeout': '600ms',
  'receivers.twilio.keep_alive_timeout': '1s',
};

/** Sends `piece` again and again until the connection is answered and ended. */
async function trickle(wire: Wire, piece: string, everyMs: number): Promise<void> {
  const timer = setInterval(() => wire.send(piece), everyMs);
  try {
    expect(statuses(await wire.answers())).to.deep.equal([408]);
    await wire.ended();
  } finally {
    clearInterval(timer);
  }
}

type Slow = [
  name: string,
  talk: (wire: Wire) => Promise<void>,
  counted: Record<string, number>,
  settings?: Record<string, string>,
];
const SLOW: Slow[] = [
  [
    'a slow body: 408, closed, aborted',
    async (wire) => {
      wire.send(signed(message()).subarray(0, -10));
      expect(statuses(await wire.answers())).to.deep.equal([408]);
      await wire.ended();
    },
    { 'message/aborted': 1 },
  ],
  [
    'a body that trickles: 408, closed, aborted',
    async (wire) => {
      wire.send(request({ headers: { 'Content-Length': '1000' } }));
      await trickle(wire, 'a', 50);
    },
    { 'message/aborted': 1 },
  ],
  [
    'slow headers: 408, closed',
    async (wire) => {
      wire.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\n');
      await trickle(wire, 'X-A: b\r\n', 100);
    },
    { 'transport/request_timeout': 1 },
  ],
  [
    'half a head, and then nothing: 408, closed',
    async (wire) => {
      wire.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\n');
      expect(statuses(await wire.answers())).to.deep.equal([408]);
      await wire.ended();
    },
    { 'transport/request_timeout': 1 },
  ],
  [
    'a good request, half a head, and then nothing: 204, 408, closed',
    async (wire) => {
      wire.send(signed(message()));
      wire.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\n');
      expect(statuses(await wire.answers(2))).to.deep.equal([204, 408]);
      await wire.ended();
    },
    { 'message/accepted': 1, 'transport/request_timeout': 1 },
  ],
  [
    'a connection without a byte is closed without a count',
    async (wire) => {
      await wire.ended();
      expect(wire.received).to.equal('');
    },
    {},
  ],
  [
    'an idle kept-alive connection is closed without a count',
    async (wire) => {
      wire.send(signed(message()));
      await wire.answers();
      await wire.ended();
    },
    { 'message/accepted': 1 },
  ],
  [
    'a GET that is answered while its body never comes is counted once',
    async (wire) => {
      wire.send(signedGet(message(), { headers: { 'Content-Length': '50' } }));
      expect(statuses(await wire.answers())).to.deep.equal([204]);
      await wire.ended();
    },
    { 'message/accepted': 1 },
  ],
  [
    'a refusal is answered before its body has come, and counted once',
    async (wire) => {
      wire.send(request({ headers: { 'Content-Length': '70000' } }));
      const [answer] = await wire.answers();
      expect(answer?.status).to.equal(413);
      expect(answer?.head).to.match(/^connection: close$/im);
      await wire.ended();
    },
    { 'message/body_too_large': 1 },
  ],
  [
    'a later head that stops, where an idle connection ends before a head must: 408, closed',
    async (wire) => {
      wire.send(signed(message()));
      expect(statuses(await wire.answers())).to.deep.equal([204]);
      await pause(50);
      wire.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\n');
      expect(statuses(await wire.answers(2))).to.deep.equal([204, 408]);
      await wire.ended();
    },
    { 'message/accepted': 1, 'transport/request_timeout': 1 },
    { 'receivers.twilio.headers_timeout': '4s', 'receivers.twilio.request_timeout': '5s' },
  ],
  [
    'an idle connection that was answered ends without a word, also after an empty line',
    async (wire) => {
      wire.send(signed(message()));
      expect(statuses(await wire.answers())).to.deep.equal([204]);
      await pause(50);
      wire.send('\r\n');
      await wire.ended();
    },
    { 'message/accepted': 1 },
  ],
  [
    'a client that sends and never reads loses its connection',
    async (wire) => {
      wire.socket.pause();
      const page = Buffer.from('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
      wire.send(Buffer.concat(Array.from({ length: 600 }, () => page)));
      await pause(2_000);
      wire.socket.resume();
      await wire.ended();
      expect(wire.received.match(/HTTP\/1\.1 200/g)?.length).to.be.below(600);
    },
    {},
  ],
];

describe('receive: connections that wait for a timeout', () => {
  // All at the same time, each with an agent of its own: nobody waits for the sum of the timeouts.
  const ended = new Map<string, Promise<void>>();
  before(() => {
    for (const [name, talk, expected, settings] of SLOW) {
      const end = alone(talk, expected, settings);
      end.catch(() => {});
      ended.set(name, end);
    }
  });

  async function alone(talk: Slow[1], expected: Slow[2], settings: Slow[3] = {}): Promise<void> {
    const agent = await TestAgent.start({ ...SHORT, ...settings });
    try {
      const before = await agent.counts();
      await talk(await Wire.open(agent.port, true));
      const { outcomes } = await agent.since(before, total(expected));
      expect(outcomes).to.deep.equal(expected);
      await pause(60);
      expect((await agent.since(before, 0)).outcomes, 'a moment later').to.deep.equal(expected);
      await agent.good();
    } finally {
      await agent.stop();
    }
  }

  for (const [name] of SLOW) it(name, () => ended.get(name));
});
