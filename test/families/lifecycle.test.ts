import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { call } from '../../src/feeds/call.ts';
import { eventStreams } from '../../src/feeds/event-streams.ts';
import type { FormFeed } from '../../src/feeds/feed.ts';
import { message } from '../../src/feeds/message.ts';
import type { Change } from '../../src/ledger/ledger.ts';
import { Rejection } from '../../src/rejection.ts';
import { NOON_MS } from '../manual-clock.ts';
import { type Fields, type Played, permutations, playChanges, RECEPTION, read } from './play.ts';

type Kind = 'message' | 'call';
type Road = 'callback' | 'events';

/** One status of one message or call, as one of the two roads tells of it. */
interface Telling {
  readonly kind: Kind;
  readonly sid: string;
  readonly status: string;
  readonly road: Road;
  /** When it happened. */
  readonly atMs: number;
}

/** Just before a minute ends, so that a life does not lie in one page of the book. */
const BEGAN_MS = NOON_MS - 600_000 - 4_000;
/** So much later than it happened a callback arrives. */
const LAG_MS = 300;
const FEEDS: Readonly<Record<Kind, FormFeed>> = { message, call };
const MORE: Readonly<Record<string, Fields>> = {
  undelivered: { ErrorCode: '30003' },
  busy: { SipResponseCode: '486' },
  completed: { CallDuration: '42', Duration: '1' },
};

/** Twilio signs when something happened to a call, and nothing of that kind to a message. */
const parametersOf = ({ kind, sid, status, atMs }: Telling): Fields =>
  kind === 'message'
    ? { MessageSid: sid, MessageStatus: status, ...MORE[status] }
    : { CallSid: sid, CallStatus: status, Timestamp: new Date(atMs).toUTCString(), ...MORE[status] };

function eventOf({ kind, sid, status, atMs, ...telling }: Telling): unknown {
  const id = `${sid} ${status}`;
  if (kind === 'call') {
    const parameters = parametersOf({ kind, sid, status, atMs, ...telling });
    return { type: `com.twilio.voice.status-callback.call.${status}`, id, data: { request: { parameters } } };
  }
  const data = {
    messageSid: sid,
    messageStatus: status.toUpperCase(),
    timestamp: new Date(atMs).toISOString(),
    ...(status === 'undelivered' ? { errorCode: 30003 } : {}),
  };
  return { type: `com.twilio.messaging.message.${status}`, id, data };
}

/** The change that a telling makes, read once: whatever the order, the inputs are the same. */
function changeOf(telling: Telling): Change {
  const { kind, road, atMs } = telling;
  if (road === 'callback') {
    return read(FEEDS[kind], parametersOf(telling), { receivedAtMs: atMs + LAG_MS }).changes[0]!;
  }
  const [reading] = eventStreams.read([eventOf(telling)], RECEPTION);
  if (reading === undefined || reading instanceof Rejection) throw new Error(`not read: ${JSON.stringify(telling)}`);
  return reading.changes[0]!;
}

const SIDS: Readonly<Record<Kind, string>> = { message: `SM${'b2'.repeat(16)}`, call: `CA${'d4'.repeat(16)}` };

/** The statuses of a life in their order, three seconds apart, on one road. */
const life = (kind: Kind, statuses: readonly string[], road: Road, sid = SIDS[kind], beganMs = BEGAN_MS): Telling[] =>
  statuses.map((status, i) => ({ kind, sid, status, road, atMs: beganMs + i * 3_000 }));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** All that must not depend on the order, nor on the road. */
const told = ({ totals, observed, book, records }: Played) => ({
  totals,
  observed,
  /** By book, minute and phase. */
  inFlight: Object.fromEntries(
    book.flatMap(({ book, minute, phases }) => phases.map((count, phase) => [`${book} ${minute} ${phase}`, count])),
  ),
  seen: Object.fromEntries([...records].map(([key, { seen }]) => [key, seen])),
});
const played = (tellings: readonly Telling[]) => told(playChanges(tellings.map(changeOf)));

/** How many values the histograms get, and what is open in the end. */
type Life = readonly [name: string, kind: Kind, statuses: readonly string[], observed: number, open: number];
const LIVES: readonly Life[] = [
  ['a message that is delivered', 'message', ['queued', 'sending', 'sent', 'delivered'], 3, 0],
  ['a message that is sent and never heard of again', 'message', ['queued', 'sent'], 1, 1],
  ['a message whose callback asks for the end only', 'message', ['sent', 'delivered'], 2, 0],
  ['a message that the carrier refuses', 'message', ['queued', 'sent', 'undelivered'], 1, 0],
  ['a message that is delivered and read', 'message', ['sent', 'delivered', 'read'], 2, 0],
  ['a scheduled message that is sent', 'message', ['scheduled', 'queued', 'sent'], 1, 1],
  ['a call that is answered', 'call', ['ringing', 'in-progress', 'completed'], 2, 0],
  ['a call that goes on', 'call', ['queued', 'ringing', 'in-progress'], 1, 1],
  ['a busy line', 'call', ['initiated', 'ringing', 'busy'], 0, 0],
];

describe('lifecycles: in every order, on both roads', () => {
  for (const [name, kind, statuses, observed, open] of LIVES) {
    it(`${name}: by callbacks, by Event Streams and by both in every interleaving, it is the same`, function () {
      this.timeout(60_000);
      const [callbacks, events] = [life(kind, statuses, 'callback'), life(kind, statuses, 'events')];
      const want = played(callbacks);
      expect(sum(Object.values(want.observed)), 'values of histograms').to.equal(observed);
      expect(sum(Object.values(want.inFlight)), 'in flight').to.equal(open);
      for (const road of [callbacks, events]) {
        const changes = road.map(changeOf);
        // Each order twice, as when all of it is delivered again.
        for (const order of permutations(changes)) {
          expect(told(playChanges([...order, ...order]))).to.deep.equal(want);
        }
      }
      for (const order of permutations([...callbacks, ...events].map(changeOf))) {
        const got = told(playChanges(order));
        if (!isDeepStrictEqual(got, want)) expect(got).to.deep.equal(want);
      }
    });
  }
});

describe('lifecycles: many at once', () => {
  const ALL: Readonly<Record<Kind, readonly string[]>> = {
    message: ['accepted', 'scheduled', 'queued', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'canceled'],
    call: ['queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy'],
  };
  /** Some statuses of one life, each told by one road or by both, and told again. */
  const some = fc.record({
    kind: fc.constantFrom<Kind>('message', 'call'),
    minutes: fc.integer({ min: 0, max: 5 }),
    roads: fc.array(fc.constantFrom<readonly Road[]>(['callback'], ['events'], ['callback', 'events'], []), {
      minLength: 9,
      maxLength: 9,
    }),
  });
  const tellingsOf = (
    { kind, minutes, roads }: { kind: Kind; minutes: number; roads: (readonly Road[])[] },
    n: number,
  ) => {
    const sid = SIDS[kind].slice(0, -2) + n.toString(16).padStart(2, '0');
    const beganMs = BEGAN_MS + minutes * 60_000;
    return ALL[kind].flatMap((status, i) =>
      roads[i]!.map((road): Telling => ({ kind, sid, status, road, atMs: beganMs + i * 3_000 })),
    );
  };

  it('any order of any lives with any duplicates counts the same, opens the same and observes as often', () => {
    const lives = fc.array(some, { minLength: 1, maxLength: 6 }).map((each) => each.flatMap(tellingsOf));
    const orders = lives.chain((tellings) => {
      // Beside each telling its copy: retries of callbacks and of batches.
      const all = [...tellings, ...tellings];
      return fc.tuple(fc.constant(tellings), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(orders, ([tellings, order]) => {
        expect(played(order)).to.deep.equal(played(tellings));
      }),
      { numRuns: 400, seed: 20_261_127 },
    );
  });
});
