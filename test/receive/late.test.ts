import { stat } from 'node:fs';
import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { Sender } from './support/sender.ts';
import { Wire } from './support/socket.ts';
import { message, signed } from './support/wire.ts';

const CONNECTIONS = 48;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const genuine = () => signed(message()).toString('latin1');

/** Keeps the event loop from turning, from within one of its phases. */
const BLOCKED_IN: Readonly<Record<string, (block: () => void) => void>> = {
  'a timer': (block) => void setTimeout(block, 0),
  'an immediate': (block) => void setImmediate(block),
  'a callback of the disk': (block) => stat('.', block),
};
const block = (forMs: number) => {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
};

interface Case {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  /** When the connections would be ended. */
  readonly limitMs: number;
  readonly pieces: () => readonly [first: string, next: string];
  readonly answersFirst?: boolean;
}

const inTwo = (at: number) => (): [string, string] => {
  const bytes = genuine();
  return [bytes.slice(0, at), bytes.slice(at)];
};
const limits = (headers: string, request: string, keepAlive: string) => ({
  'receivers.twilio.headers_timeout': headers,
  'receivers.twilio.request_timeout': request,
  'receivers.twilio.keep_alive_timeout': keepAlive,
});

const NEVER_USED = 'connections that were never used';
/** The limits of every day (5 s, 65 s and 10 s), each scaled down while the others are out of the way. */
const CASES: readonly Case[] = [
  {
    name: NEVER_USED,
    settings: limits('400ms', '5s', '5s'),
    limitMs: 400,
    pieces: () => ['', genuine()],
  },
  {
    name: 'connections that are kept alive',
    settings: limits('5s', '5s', '1s'),
    // Node gives a second more than it promises.
    limitMs: 2_000,
    pieces: () => [genuine(), genuine()],
    answersFirst: true,
  },
  { name: 'half heads', settings: limits('400ms', '5s', '5s'), limitMs: 400, pieces: inTwo(60) },
  { name: 'half bodies', settings: limits('500ms', '600ms', '5s'), limitMs: 600, pieces: inTwo(-30) },
];

describe('receive: an event loop that comes late', () => {
  let sender: Sender;
  before(() => {
    sender = new Sender();
  });
  after(() => sender.stop());

  for (const { name, settings, limitMs, pieces, answersFirst = false } of CASES) {
    // That an immediate or a callback blocks makes no difference to the timers that follow: all cases try one of them.
    const places = Object.entries(BLOCKED_IN).filter(([where]) => name === NEVER_USED || where === 'an immediate');
    for (const [where, blockIn] of places) {
      it(`${name}: what arrives while ${where} blocks it is answered`, async () => {
        const agent = await TestAgent.start(settings);
        try {
          const before = await agent.counts();
          const sends = Array.from({ length: CONNECTIONS }, (_, i) => {
            const [first, next] = pieces();
            // Before the limit and after it: nobody has been told that it is reached.
            return { first, next, atMs: limitMs - 80 + (200 * i) / CONNECTIONS };
          });
          const played = await sender.play({ port: agent.port, sends, answersFirst });
          await pause(limitMs - 150);
          blockIn(() => block(400));
          const { answered, refused, lost } = await played.seen;
          expect({ answered, refused, lost }).to.deep.equal({ answered: { 204: CONNECTIONS }, refused: 0, lost: 0 });
          const accepted = CONNECTIONS * (answersFirst ? 2 : 1);
          expect((await agent.since(before, accepted)).outcomes).to.deep.equal({ 'message/accepted': accepted });
        } finally {
          await agent.stop();
        }
      });
    }
  }

  it('a head that arrives at the last moment is still given no more than its time for the body', async () => {
    const agent = await TestAgent.start(limits('400ms', '800ms', '5s'));
    try {
      const before = await agent.counts();
      const sends = Array.from({ length: CONNECTIONS }, () => {
        const bytes = genuine();
        return { first: bytes.slice(0, 60), next: bytes.slice(60, -30), atMs: 380 };
      });
      const played = await sender.play({ port: agent.port, sends, answersFirst: false });
      await pause(250);
      setImmediate(() => block(400));
      const { answered, refused, lost } = await played.seen;
      expect({ answered, refused, lost }).to.deep.equal({ answered: { 408: CONNECTIONS }, refused: 0, lost: 0 });
      expect((await agent.since(before, CONNECTIONS)).outcomes).to.deep.equal({ 'message/aborted': CONNECTIONS });
    } finally {
      await agent.stop();
    }
  });

  it('what waits when the agent stops is answered', async () => {
    const agent = await TestAgent.start();
    const sends = Array.from({ length: CONNECTIONS }, () => ({ first: genuine(), next: genuine(), atMs: 150 }));
    const played = await sender.play({ port: agent.port, sends, answersFirst: true });
    await pause(50);
    block(200);
    const stopped = agent.stop();
    const { answered, refused, lost } = await played.seen;
    const total = Object.values(answered).reduce((sum, count) => sum + count, 0);
    expect({ total, refused, lost }).to.deep.equal({ total: CONNECTIONS, refused: 0, lost: 0 });
    await stopped;
  });

  it('what is sent to a connection that has been ended is counted', async () => {
    const agent = await TestAgent.start(limits('300ms', '5s', '5s'));
    try {
      const before = await agent.counts();
      const wires = await Promise.all(Array.from({ length: 3 }, () => Wire.open(agent.port, true)));
      await Promise.all(wires.map((wire) => wire.ended()));
      wires[0]!.send(Buffer.concat([signed(message()), signed(message())]));
      wires[1]!.send('POST /webhooks/message HTTP/1.1\r\nHost: x\r\n');
      wires[2]!.send('\r\n');
      const counted = { 'transport/dropped': 3 };
      expect((await agent.since(before, 3)).outcomes).to.deep.equal(counted);
      for (const wire of wires) wire.close();
      await pause(100);
      expect((await agent.since(before, 3)).outcomes, 'a moment later').to.deep.equal(counted);
    } finally {
      await agent.stop();
    }
  });

  for (const [where, blockIn] of Object.entries(BLOCKED_IN)) {
    it(`callbacks around a limit, while ${where} blocks again and again: none is lost unseen`, async () => {
      const agent = await TestAgent.start(limits('300ms', '500ms', '1s'));
      let over = false;
      try {
        const before = await agent.counts();
        const sends = Array.from({ length: 200 }, (_, i) => ({ first: '', next: genuine(), atMs: 100 + i * 4 }));
        const played = await sender.play({ port: agent.port, sends, answersFirst: false });
        const again = () => {
          block(10 + Math.random() * 40);
          if (!over) blockIn(again);
        };
        blockIn(again);
        const { answered, refused, lost } = await played.seen;
        over = true;
        expect((answered[204] ?? 0) + refused + lost).to.equal(sends.length);
        expect(answered[204]).to.be.above(0);
        const expected = { 'message/accepted': answered[204]!, ...(lost > 0 ? { 'transport/dropped': lost } : {}) };
        expect((await agent.since(before, answered[204]! + lost)).outcomes).to.deep.equal(expected);
      } finally {
        over = true;
        await agent.stop();
      }
    });
  }
});
