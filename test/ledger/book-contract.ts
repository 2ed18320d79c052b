import { expect } from 'chai';
import fc from 'fast-check';
import { series } from '../../instrumentation/increments.ts';
import { NOTHING_REQUESTED } from '../../instrumentation/requested.ts';
import type { When } from '../../src/families/durations.ts';
import { change } from '../../src/families/family.ts';
import { LIFECYCLES } from '../../src/families/index.ts';
import { MESSAGE_STATUSES, message } from '../../src/families/message.ts';
import { ErrorCodes } from '../../src/families/message-errors.ts';
import type { BookRules } from '../../src/ledger/book.ts';
import type { LedgerRecord } from '../../src/ledger/record.ts';
import { Bench, type Keeping, type Status } from './keeping.ts';

const MINUTE_MS = 60_000;
const GIVEN_UP_MS = 10 * MINUTE_MS;
const books: BookRules[] = LIFECYCLES.map((life) => ({ ...life, unresolvedAfterMs: GIVEN_UP_MS }));
const [rules] = books as [BookRules];

/** What is open, and what the reducers were given last, of messages with such SIDs. */
class Traffic {
  readonly bench: Bench;
  readonly records = new Map<string, LedgerRecord>();

  constructor(bench: Bench) {
    this.bench = bench;
  }

  async tell(sid: string, status: Status, at: When = this.bench.clock.nowMs()): Promise<string> {
    const made = change(message, {
      sid,
      segments: undefined,
      status: MESSAGE_STATUSES.parse(status),
      error: new ErrorCodes().read(undefined),
      at,
      labels: NOTHING_REQUESTED,
    });
    const [outcome] = await this.bench.ledger.apply([
      {
        key: made.key,
        reduce: (previous) => {
          const reduction = made.reduce(previous);
          if (reduction !== 'duplicate') this.records.set(sid, reduction.next);
          return reduction;
        },
      },
    ]);
    return outcome!;
  }

  get inFlight(): readonly number[] {
    return this.bench.ledger.book.count('message');
  }

  get unresolved(): readonly number[] {
    return rules.phases.map((phase) => this.bench.sum(series('messagesUnresolved', { phase })));
  }

  /** What a scan of all records finds open of those that began in a minute that is not closed. */
  scan(closedBefore: number): number[] {
    const found = rules.phases.map(() => 0);
    for (const record of this.records.values()) {
      const opening = rules.open(record);
      if (opening && Math.floor(opening.beganAtMs / MINUTE_MS) >= closedBefore) found[opening.phase]!++;
    }
    return found;
  }
}

/** How many are open, as every keeping must know it. */
export function bookContract(keeping: Keeping): void {
  let traffic: Traffic;
  beforeEach(async () => {
    traffic = new Traffic(await Bench.open(keeping, { books }));
  });
  afterEach(() => traffic.bench.ledger.close());

  const lives: readonly (readonly [name: string, statuses: readonly Status[], inFlight: readonly number[]])[] = [
    ['nothing was told', [], [0, 0]],
    ['scheduled', ['scheduled'], [0, 0]],
    ['queued', ['queued'], [1, 0]],
    ['queued and sent', ['queued', 'sent'], [0, 1]],
    ['sent before it was queued', ['sent', 'queued'], [0, 1]],
    ['delivered', ['queued', 'sent', 'delivered'], [0, 0]],
    ['delivered before it was sent', ['delivered', 'sent'], [0, 0]],
    ['failed', ['queued', 'failed'], [0, 0]],
    ['read, which is told after delivered or without it', ['sent', 'read'], [0, 0]],
    ['a status that nobody knows', ['other'], [0, 0]],
  ];
  for (const [name, statuses, inFlight] of lives) {
    it(`${name}: ${inFlight[0]} queued, ${inFlight[1]} sent`, async () => {
      for (const status of statuses) await traffic.tell('one', status);
      expect(traffic.inFlight).to.deep.equal(inFlight);
    });
  }

  it('tells apart what began before a time', async () => {
    const startedMs = traffic.bench.clock.nowMs();
    await traffic.tell('old', 'queued');
    traffic.bench.clock.advance(5 * MINUTE_MS);
    await traffic.tell('new', 'queued');
    expect(traffic.bench.ledger.book.count('message', startedMs + 2 * MINUTE_MS)).to.deep.equal([1, 0]);
  });

  it('gives up what began too long ago, once; a late end counts and moves nothing', async () => {
    await traffic.tell('lost', 'queued');
    await traffic.tell('stuck', 'sent');
    traffic.bench.clock.advance(GIVEN_UP_MS + MINUTE_MS);
    await traffic.tell('new', 'queued');
    expect([traffic.inFlight, traffic.unresolved]).to.deep.equal([
      [1, 0],
      [1, 1],
    ]);
    expect(await traffic.tell('stuck', 'delivered')).to.equal('accepted');
    expect(await traffic.tell('lost', 'sent')).to.equal('accepted');
    expect([traffic.inFlight, traffic.unresolved]).to.deep.equal([
      [1, 0],
      [1, 1],
    ]);
  });

  it('gives nothing up because the clock was set forward, or the machine slept', async () => {
    await traffic.tell('a', 'queued');
    traffic.bench.clock.wallAheadMs = 60 * MINUTE_MS;
    await traffic.tell('b', 'queued');
    expect([traffic.inFlight, traffic.unresolved]).to.deep.equal([
      [2, 0],
      [0, 0],
    ]);
  });

  it('never goes below nothing when the clock is set back after something was given up', async () => {
    await traffic.tell('lost', 'queued');
    traffic.bench.clock.advance(GIVEN_UP_MS + MINUTE_MS);
    await traffic.tell('new', 'queued');
    traffic.bench.clock.advance(-2 * GIVEN_UP_MS);
    await traffic.tell('lost', 'delivered');
    await traffic.tell('new', 'delivered');
    expect([traffic.inFlight, traffic.unresolved]).to.deep.equal([
      [0, 0],
      [1, 0],
    ]);
  });

  it('gives up what goes before its time because there is no room', async () => {
    await traffic.bench.ledger.close();
    traffic = new Traffic(await Bench.open(keeping, { books, maxEntries: 16 }));
    for (let i = 0; i < 100; i++) {
      traffic.bench.clock.advance(1);
      await traffic.tell(`message ${i}`, 'queued');
    }
    const { entries } = traffic.bench.ledger.stats();
    expect([traffic.inFlight, traffic.unresolved]).to.deep.equal([
      [entries, 0],
      [100 - entries, 0],
    ]);
  });

  const ends = (['restart', 'crash'] as const).filter((end) => keeping[end]);
  for (const end of ends) {
    it(`is as it was after a ${end}, and goes on`, async () => {
      await traffic.tell('a', 'queued');
      await traffic.tell('b', 'sent');
      await traffic.bench[end]();
      expect(traffic.inFlight).to.deep.equal([1, 1]);
      await traffic.tell('a', 'sent');
      await traffic.tell('b', 'delivered');
      expect(traffic.inFlight).to.deep.equal([0, 1]);
    });
  }

  it('balances, whatever comes in whatever order, while time goes by', async function () {
    this.timeout(60_000);
    await traffic.bench.ledger.close();
    const told = fc.record({
      kind: fc.constant('told' as const),
      sid: fc.integer({ min: 0, max: 9 }).map((n) => `message ${n}`),
      status: fc.constantFrom(...(['accepted', 'queued', 'sending', 'sent', 'delivered', 'failed', 'read'] as const)),
      // Signed times lie behind, or are of no use.
      ageMs: fc.option(fc.integer({ min: 0, max: 3 * MINUTE_MS }), { nil: undefined }),
    });
    const wait = fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 4 * MINUTE_MS }),
    });
    const end = fc.constantFrom('restart' as const, 'crash' as const).map((kind) => ({ kind }));
    const step = fc.oneof(
      { weight: 8, arbitrary: told },
      { weight: 2, arbitrary: wait },
      ...(ends.length > 0 ? [{ weight: 1, arbitrary: end }] : []),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { bench } = (traffic = new Traffic(await Bench.open(keeping, { books })));
        let closedBefore = 0;
        let began = 0;
        let ended = 0;
        for (const each of steps) {
          if (each.kind === 'wait') bench.clock.advance(each.ms);
          else if (each.kind !== 'told') await bench[each.kind]();
          else {
            const before = traffic.records.get(each.sid);
            const nowMs = bench.clock.nowMs();
            const due = Math.floor((nowMs - GIVEN_UP_MS) / MINUTE_MS);
            const outcome = await traffic.tell(
              each.sid,
              each.status,
              each.ageMs === undefined ? 'future' : nowMs - each.ageMs,
            );
            if (outcome === 'duplicate') continue;
            closedBefore = Math.max(closedBefore, due);
            const counts = (record: LedgerRecord | undefined) => {
              const opening = record && rules.open(record);
              return opening !== undefined && Math.floor(opening.beganAtMs / MINUTE_MS) >= closedBefore;
            };
            if (counts(traffic.records.get(each.sid)) && !counts(before)) began++;
            if (counts(before) && !counts(traffic.records.get(each.sid))) ended++;
            expect(traffic.inFlight).to.deep.equal(traffic.scan(closedBefore));
          }
        }
        const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
        expect(began - ended - sum(traffic.unresolved)).to.equal(sum(traffic.inFlight));
        await bench.ledger.close();
      }),
      { numRuns: keeping.restart ? 40 : 300, seed: 20_261_014 },
    );
  });
}
