import { expect } from 'chai';
import { MemoryLedger } from '../../../src/ledger/memory/memory.ts';
import { withSeen } from '../../../src/ledger/record.ts';
import { ledgerContract } from '../contract.ts';
import { Bench, DAY_MS, HOUR_MS, type Keeping } from '../keeping.ts';

const keeping: Keeping = { open: async (setting) => new MemoryLedger(setting) };

describe('ledger: memory', () => {
  ledgerContract(keeping, { runs: 300 });

  describe('a change costs no more when others must go for it', () => {
    const ENTRIES = 70_000;
    const MEASURED = 2_000;
    // Far above the noise of a busy machine, and far below what it was while each looked through the places of those gone.
    const AT_MOST = 15;

    /** CPU time of the process for so many new keys. */
    async function cost({ ledger, clock }: Bench, from: number, count: number): Promise<number> {
      const before = process.cpuUsage();
      for (let i = from; i < from + count; i++) {
        await ledger.apply([
          { key: `message:${i}`, reduce: () => ({ next: withSeen(undefined, 1, clock.nowMs()), increments: [] }) },
        ]);
      }
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }

    it('because it is full', async () => {
      const bench = await Bench.open(keeping, { maxEntries: ENTRIES });
      await cost(bench, 0, ENTRIES - MEASURED);
      const filling = await cost(bench, ENTRIES - MEASURED, MEASURED);
      await cost(bench, ENTRIES, 50_000);
      const full = await cost(bench, ENTRIES + 50_000, MEASURED);
      expect(bench.ledger.stats().entries).to.equal(ENTRIES);
      expect(full / filling).to.be.below(AT_MOST);
    });

    it('because they are old', async () => {
      const bench = await Bench.open(keeping, { maxEntries: 10 * ENTRIES, windowMs: DAY_MS });
      await cost(bench, 0, ENTRIES - MEASURED);
      const filling = await cost(bench, ENTRIES - MEASURED, MEASURED);
      bench.clock.advance(DAY_MS + HOUR_MS);
      await cost(bench, ENTRIES, 25_000);
      const expiring = await cost(bench, ENTRIES + 25_000, MEASURED);
      expect(bench.ledger.stats().entries).to.equal(ENTRIES - 25_000 - MEASURED);
      expect(expiring / filling).to.be.below(AT_MOST);
    });
  });
});
