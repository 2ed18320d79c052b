import { expect } from 'chai';
import { kept, type LedgerRecord } from '../../src/ledger/record.ts';
import { bookContract } from './book-contract.ts';
import { ALL_STATUSES, Bench, DAY_MS, HOUR_MS, type Keeping } from './keeping.ts';
import { modelTest } from './model.ts';

/** The promise of `Ledger`, for any keeping. `runs` is how many random histories are played against the model. */
export function ledgerContract(keeping: Keeping, { runs = 100 }: { runs?: number } = {}): void {
  let bench: Bench;
  afterEach(() => bench?.ledger.close());

  describe('counts once', () => {
    beforeEach(async () => {
      bench = await Bench.open(keeping);
    });

    it('counts each status of a key once, and calls a copy a duplicate', async () => {
      const outcomes = [];
      for (const status of ['sent', 'delivered', 'sent', 'delivered'] as const)
        outcomes.push(await bench.apply('a', status));
      expect(outcomes).to.deep.equal(['accepted', 'accepted', 'duplicate', 'duplicate']);
      expect([bench.total('sent'), bench.total('delivered')]).to.deep.equal([1, 1]);
    });

    it('counts the same status of two keys twice', async () => {
      expect([await bench.apply('a'), await bench.apply('b')]).to.deep.equal(['accepted', 'accepted']);
      expect(bench.total('sent')).to.equal(2);
      expect(bench.ledger.stats().entries).to.equal(2);
    });

    it('counts one of many copies that are in flight together', async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => bench.apply('a')));
      expect(outcomes.filter((outcome) => outcome === 'accepted')).to.have.length(1);
      expect(bench.total('sent')).to.equal(1);
    });

    it('shows each change in flight what those before it made of the key, in the order of the calls', async () => {
      const given: (number | undefined)[] = [];
      const changes = ALL_STATUSES.map((status, i) =>
        bench.change('a', status, (previous) => {
          given[i] = previous?.seen;
        }),
      );
      await Promise.all(changes.map((change) => bench.ledger.apply([change])));
      expect(given).to.deep.equal(ALL_STATUSES.map((_, i) => (i === 0 ? undefined : 2 ** i - 1)));
    });

    it('keeps when the first event of a key happened', async () => {
      await bench.apply('a', 'sent');
      const firstAtMs = bench.clock.nowMs();
      bench.clock.advance(HOUR_MS);
      await bench.apply('a', 'delivered');
      let given: LedgerRecord | undefined;
      await bench.ledger.apply([bench.change('a', 'sent', (previous) => (given = previous))]);
      expect(given?.times).to.deep.equal([kept(firstAtMs)]);
    });

    it('has instruments that moved before anybody is answered', async () => {
      let atAnswer = 0;
      await bench.ledger.apply([bench.change('a', 'sent')]).then(() => (atAnswer = bench.total('sent')));
      expect(atAnswer).to.equal(1);
    });
  });

  describe('several changes of one call', () => {
    beforeEach(async () => {
      bench = await Bench.open(keeping);
    });

    it('has an outcome for each change, in their order', async () => {
      await bench.apply('a');
      const changes = [bench.change('b', 'sent'), bench.change('a', 'sent'), bench.change('c', 'sent')];
      expect(await bench.ledger.apply(changes)).to.deep.equal(['accepted', 'duplicate', 'accepted']);
    });

    it('counts a key that is named twice once', async () => {
      const outcomes = await bench.ledger.apply([bench.change('a', 'sent'), bench.change('a', 'sent')]);
      expect(outcomes).to.deep.equal(['accepted', 'duplicate']);
      expect(bench.total('sent')).to.equal(1);
    });

    it('takes no change at all for nothing to do', async () => {
      expect(await bench.ledger.apply([])).to.deep.equal([]);
    });

    it('keeps none of them when one cannot be reduced, and the rest of the ledger goes on', async () => {
      const broken = { key: 'message:b', reduce: () => fail() };
      const failing = bench.ledger.apply([bench.change('a', 'sent'), broken]).then(
        () => 'resolved',
        (error: Error) => error.message,
      );
      const beside = bench.apply('c', 'sent');
      expect(await failing).to.equal('a reducer that fails');
      expect(await beside).to.equal('accepted');
      expect(bench.total('sent')).to.equal(1);
      expect(await bench.apply('a')).to.equal('accepted');
      expect(bench.total('sent')).to.equal(2);
    });
  });

  describe('bounds', () => {
    it('remembers for the window, and forgets the oldest first', async () => {
      bench = await Bench.open(keeping, { windowMs: DAY_MS });
      await bench.apply('old');
      bench.clock.advance(12 * HOUR_MS);
      await bench.apply('young');
      bench.clock.advance(12 * HOUR_MS);
      expect(await bench.apply('old'), 'at the very end of the window').to.equal('duplicate');
      bench.clock.advance(1);
      await bench.apply('new');
      expect(await bench.apply('young')).to.equal('duplicate');
      expect(await bench.apply('old'), 'after the window').to.equal('accepted');
      expect(bench.total('sent')).to.equal(4);
    });

    it('begins the window anew with each status of a key', async () => {
      bench = await Bench.open(keeping, { windowMs: DAY_MS });
      await bench.apply('a', 'sent');
      await bench.apply('b', 'sent');
      bench.clock.advance(20 * HOUR_MS);
      await bench.apply('a', 'delivered');
      bench.clock.advance(20 * HOUR_MS);
      for (const key of ['x', 'y']) await bench.apply(key);
      expect([await bench.apply('a', 'sent'), await bench.apply('b', 'sent')]).to.deep.equal(['duplicate', 'accepted']);
    });

    it('has room again for each record that the window ended', async () => {
      bench = await Bench.open(keeping, { windowMs: DAY_MS });
      for (let i = 0; i < 30; i++) await bench.apply(`old ${i}`);
      bench.clock.advance(DAY_MS + 1);
      for (let i = 0; i < 20; i++) await bench.apply(`new ${i}`);
      expect(bench.ledger.stats().entries).to.equal(20);
      expect(bench.total('sent'), 'totals stay').to.equal(50);
    });

    it('never holds more than max_entries: the oldest go before their time', async () => {
      bench = await Bench.open(keeping, { maxEntries: 5 });
      for (let i = 0; i < 8; i++) {
        await bench.apply(`key ${i}`);
        bench.clock.advance(1_000);
        expect(bench.ledger.stats().entries).to.equal(Math.min(i + 1, 5));
      }
      for (const i of [3, 4, 5, 6, 7]) expect(await bench.apply(`key ${i}`), `key ${i}`).to.equal('duplicate');
      for (const i of [0, 1, 2]) expect(await bench.apply(`key ${i}`), `key ${i}`).to.equal('accepted');
    });

    it('never holds more than max_entries, however many one call brings', async () => {
      bench = await Bench.open(keeping, { maxEntries: 100 });
      for (let call = 0; call < 3; call++) {
        await bench.ledger.apply(Array.from({ length: 60 }, (_, i) => bench.change(`key ${call} ${i}`, 'sent')));
        bench.clock.advance(1_000);
      }
      expect(bench.ledger.stats().entries).to.equal(100);
    });

    it('tells how far back it really remembers', async () => {
      bench = await Bench.open(keeping, { windowMs: DAY_MS, maxEntries: 3 });
      expect(bench.ledger.stats()).to.include({ entries: 0, maxEntries: 3, windowSeconds: 86_400 });
      for (let i = 0; i < 3; i++) {
        await bench.apply(`key ${i}`);
        bench.clock.advance(60_000);
      }
      expect(bench.ledger.stats().windowSeconds, 'nothing was dropped yet').to.equal(86_400);
      await bench.apply('key 3');
      expect(bench.ledger.stats().windowSeconds, 'key 0 was dropped at an age of three minutes').to.equal(180);
      bench.clock.advance(2 * DAY_MS);
      expect(bench.ledger.stats().windowSeconds, 'what was dropped is older than the window now').to.equal(86_400);
    });

    it('forgets nothing when the wall clock jumps', async () => {
      bench = await Bench.open(keeping, { windowMs: DAY_MS });
      for (const key of ['a', 'b', 'c']) await bench.apply(key);
      for (const aheadMs of [30 * DAY_MS, -30 * DAY_MS]) {
        bench.clock.wallAheadMs = aheadMs;
        for (const key of ['x', 'y', 'z']) await bench.apply(`${key} ${aheadMs}`);
        for (const key of ['a', 'b', 'c']) expect(await bench.apply(key)).to.equal('duplicate');
      }
    });
  });

  describe('identity', () => {
    it('can accept, and its totals begin at zero now', async () => {
      bench = await Bench.open(keeping);
      expect(bench.ledger.unavailable()).to.equal(undefined);
      expect(bench.ledger.base.totals.size).to.equal(0);
      expect(bench.ledger.base.startTimeMs).to.equal(bench.clock.wallMs());
      expect(bench.ledger.instanceId).to.match(/^[0-9a-f-]{36}$/);
      expect(bench.ledger.volatile).to.equal(keeping.restart === undefined);
    });
  });

  for (const end of ['restart', 'crash'] as const) {
    if (keeping[end]) describe(`after a ${end}`, () => outlives(end));
  }

  function outlives(end: 'restart' | 'crash'): void {
    beforeEach(async () => {
      bench = await Bench.open(keeping);
    });

    it('knows what was counted, and whose ledger it is', async () => {
      for (const status of ['queued', 'sent'] as const) await bench.apply('a', status);
      const { instanceId, base } = bench.ledger;
      const before = { totals: bench.totals(), stats: { ...bench.ledger.stats(), bytes: 0 } };
      bench.clock.advance(HOUR_MS);
      await bench[end]();
      expect(bench.ledger.instanceId).to.equal(instanceId);
      expect(bench.ledger.base.startTimeMs).to.equal(base.startTimeMs);
      expect({ totals: bench.totals(), stats: { ...bench.ledger.stats(), bytes: 0 } }).to.deep.equal(before);
      expect(await bench.apply('a', 'sent')).to.equal('duplicate');
      expect(await bench.apply('a', 'delivered')).to.equal('accepted');
      expect([bench.total('queued'), bench.total('sent'), bench.total('delivered')]).to.deep.equal([1, 1, 1]);
    });

    it('remembers for the window what was counted after the machine slept', async () => {
      bench.clock.wallAheadMs = 5 * DAY_MS;
      await bench.apply('a');
      bench.clock.wallAheadMs = 0;
      bench.clock.advance(5 * DAY_MS);
      await bench[end]();
      bench.clock.advance(7 * DAY_MS);
      for (const key of ['x', 'y']) await bench.apply(key);
      expect(await bench.apply('a')).to.equal('duplicate');
    });

    it('forgets in time again after it once ran years ahead', async () => {
      const YEARS_MS = 3_650 * DAY_MS;
      bench.clock.advance(YEARS_MS);
      await bench.apply('ahead');
      bench.clock.advance(-YEARS_MS);
      await bench[end]();
      await bench.apply('a');
      bench.clock.advance(8 * DAY_MS);
      for (const key of ['x', 'y']) await bench.apply(key);
      expect(bench.ledger.stats().entries, 'ahead, x, y').to.equal(3);
      expect(await bench.apply('a')).to.equal('accepted');
    });

    it('counts once what was in flight and is sent again', async () => {
      const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
      const first = keys.map((key) => bench.apply(key).catch(() => 'not counted'));
      await Promise.all(first.slice(0, 1));
      await bench[end]();
      await Promise.all(keys.map((key) => bench.apply(key)));
      expect(bench.total('sent')).to.equal(40);
      await Promise.all(first);
    });
  }

  describe('the open book', () => bookContract(keeping));

  it(`agrees with the model in ${runs} random histories`, async function () {
    this.timeout(60_000);
    await modelTest(keeping, runs);
  });
}

function fail(): never {
  throw new Error('a reducer that fails');
}
