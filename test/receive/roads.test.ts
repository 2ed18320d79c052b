import { expect } from 'chai';
import { NOON_MS } from '../manual-clock.ts';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, messageEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { call, freshSid, message, type Pair, signed, signedCall } from './support/wire.ts';

/** One status of a lifecycle, as either road tells of it. Its callback arrives when it happens. */
interface Step {
  readonly atMs: number;
  readonly callback: () => Buffer;
  readonly event: Json;
}

const iso = (atMs: number) => new Date(atMs).toISOString();
const rfc = (atMs: number) => new Date(atMs).toUTCString().replace('GMT', '+0000');

function messageLife(...statuses: readonly (readonly [status: string, atS: number, code?: string])[]): Step[] {
  const sid = freshSid('SM');
  return statuses.map(([status, atS, code]) => {
    const atMs = NOON_MS + atS * 1_000;
    const more: Pair[] = code ? [['ErrorCode', code]] : [];
    const data = { timestamp: iso(atMs), ...(code ? { errorCode: Number(code) } : {}) };
    return {
      atMs,
      callback: () => signed(message(status, sid, ...more)),
      event: messageEvent(sid, status.toUpperCase(), data, { time: iso(atMs) }),
    };
  });
}

function callLife(...statuses: readonly (readonly [status: string, atS: number, ...more: Pair[]])[]): Step[] {
  const sid = freshSid('CA');
  return statuses.map(([status, atS, ...more]) => {
    const atMs = NOON_MS + atS * 1_000;
    const pairs = call(status, sid, ['Timestamp', rfc(atMs)], ...more);
    const request = { method: 'POST', url: 'https://app.example/call', parameters: Object.fromEntries(pairs) };
    const type = `com.twilio.voice.status-callback.call.${status}`;
    return { atMs, callback: () => signedCall(pairs), event: cloudEvent(type, { request }, { time: iso(atMs) }) };
  });
}

const LIVES: readonly (readonly [name: string, life: () => Step[]])[] = [
  ['a delivered message', () => messageLife(['queued', 0], ['sent', 2], ['delivered', 12])],
  ['a failed message', () => messageLife(['queued', 0], ['sent', 2], ['undelivered', 12, '30003'])],
  ['a message under way', () => messageLife(['queued', 0], ['sent', 2])],
  ['a completed call', () => callLife(['ringing', 0], ['in-progress', 5], ['completed', 40, ['CallDuration', '35']])],
  ['a failed call', () => callLife(['initiated', 0], ['ringing', 3], ['failed', 9, ['SipResponseCode', '404']])],
];

type Move = readonly [road: 'callback' | 'event', step: number];

/** Both roads in their own order, and all ways to put these together. */
function interleavings(steps: number, callbacks = 0, events = 0): Move[][] {
  const orders: Move[][] = [];
  if (callbacks < steps)
    for (const rest of interleavings(steps, callbacks + 1, events)) orders.push([['callback', callbacks], ...rest]);
  if (events < steps)
    for (const rest of interleavings(steps, callbacks, events + 1)) orders.push([['event', events], ...rest]);
  return orders.length > 0 ? orders : [[]];
}

/** What is counted of messages and calls, with every duration's sum and what is open; nothing of who told of it. */
const FACT = /^twilio_(?:(?:message|call)s?_|agent_(?:contradictions|durations_skipped)_).* \S+$/;

/** The page's facts after a lifecycle was told in that order, on one agent for itself. */
async function facts(
  settings: Readonly<Record<string, string>>,
  life: readonly Step[],
  order: readonly Move[],
  inOneBatch = false,
): Promise<string[]> {
  const agent = await TestAgent.start(settings);
  try {
    if (inOneBatch) {
      agent.clock.advance(life.at(-1)!.atMs - NOON_MS);
      await expect204(agent, signedJson(order.map(([, step]) => life[step]!.event)));
    }
    for (const [road, step] of inOneBatch ? [] : order) {
      const { atMs, callback, event } = life[step]!;
      if (road === 'callback') agent.clock.advance(atMs - agent.clock.nowMs());
      await expect204(agent, road === 'callback' ? callback() : signedJson([event]));
    }
    agent.clock.advance(NOON_MS + 3_600_000 - agent.clock.nowMs());
    return (await agent.page())
      .split('\n')
      .filter((line) => FACT.test(line))
      .sort();
  } finally {
    await agent.stop();
  }
}

async function expect204(agent: TestAgent, bytes: Buffer): Promise<void> {
  const { status, body } = await exchange(agent.port, bytes);
  expect(status, body).to.equal(204);
}

const LABELS = {
  'service.pipelines.metrics.processors': '[labels]',
  ...Object.fromEntries(
    ['country', 'channel', 'direction', 'sender'].map((label) => [`processors.labels.${label}`, 'true']),
  ),
};

describe('receive: a lifecycle told by callbacks, by Event Streams, or by both, is on the page the same', function () {
  this.timeout(30_000);
  for (const [asked, settings] of [
    ['as it comes', {}],
    ['with labels on request', LABELS],
  ] as const) {
    for (const [name, life] of LIVES) {
      it(`${name}, ${asked}`, async () => {
        const steps = life();
        const by = (road: Move[0]) => steps.map((_, step): Move => [road, step]);
        const wanted = await facts(settings, steps, by('callback'));
        expect(wanted.filter((line) => !line.endsWith(' 0')).length, 'something is counted').to.be.above(2);
        expect(await facts(settings, steps, by('event')), 'by Event Streams').to.deep.equal(wanted);
        // A duration begins at the first time that is known when its end is, so of these only the number is the same.
        const counted = (lines: string[]) => lines.filter((line) => !/^\w+_(?:sum|bucket)\b/.test(line));
        const reversed = await facts(settings, steps, by('event').reverse(), true);
        expect(counted(reversed), 'in one batch, the last first').to.deep.equal(counted(wanted));
        for (const order of interleavings(steps.length)) {
          const told = order.map(([road, step]) => `${road} ${step}`).join();
          expect(await facts(settings, steps, order), told).to.deep.equal(wanted);
        }
      });
    }
  }
});
