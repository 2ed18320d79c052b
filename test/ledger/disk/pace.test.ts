import { expect } from 'chai';
import { pace } from '../../../src/ledger/disk/pace.ts';
import { ManualClock } from '../../manual-clock.ts';

const EVERY_MS = 40;

describe('ledger: the pace of batches', () => {
  const cases: readonly [name: string, passedMs: number, waits: boolean][] = [
    ['at once after the last one', 0, true],
    ['a moment before it is time', EVERY_MS - 30, true],
    ['when it is time', EVERY_MS, false],
    ['long after', 1e9, false],
    ['after the clock was moved back by a day: as long as ever, no longer', -86_400_000, true],
  ];
  for (const [name, passedMs, waits] of cases) {
    it(`${name}: ${waits ? 'waits' : 'goes on'}`, async () => {
      const clock = new ManualClock();
      const next = pace(EVERY_MS, () => clock.monotonicMs());
      await next();
      clock.advance(passedMs);
      let waited = true;
      const done = next().then(() => (waited = false));
      // Two turns of the loop, which take no time, against a timer that has to run down.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      expect(waited).to.equal(waits);
      await done;
    });
  }

  it('goes on at once the first time', async () => {
    const next = pace(1e9, () => 0);
    await next();
  });
});
