import { expect } from 'chai';
import fc from 'fast-check';
import { CorruptValue } from '../../../src/ledger/disk/codec.ts';
import { decodeRecord, encodeRecord } from '../../../src/ledger/disk/record-codec.ts';
import type { LedgerRecord } from '../../../src/ledger/record.ts';

const KEY = 'k\0\0\0\u0001\u0002'.padEnd(22, '\u00ff');
const NOON_MS = Date.UTC(2026, 9, 14, 12);

const time = fc.option(
  fc.integer({ min: 0, max: 2 ** 40 - 1 }).map((steps) => steps * 10),
  { nil: undefined },
);
const record: fc.Arbitrary<LedgerRecord> = fc
  .record({
    seen: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    times: fc.array(time, { maxLength: 4 }),
    labels: fc.option(
      fc
        .uint8Array({ maxLength: 255 })
        .map((bytes) => Buffer.from(bytes.map((byte) => 32 + (byte % 95))).toString('latin1')),
      { nil: undefined },
    ),
  })
  .map(({ seen, times, labels }) => ({ seen, times: trimmed(times), ...(labels === undefined ? {} : { labels }) }));

/** Without unknown times at the end, which nobody can tell from none. */
function trimmed<T>(times: readonly T[]): T[] {
  let end = times.length;
  while (end > 0 && times[end - 1] === undefined) end--;
  return times.slice(0, end);
}

describe('ledger: records on disk', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(record, (written) => {
        expect(decodeRecord(KEY, encodeRecord(KEY, written))).to.deep.equal(written);
      }),
      { numRuns: 500, seed: 20_261_014 },
    );
  });

  const sizes: readonly (readonly [name: string, LedgerRecord, bytes: number])[] = [
    ['an event that only counts', { seen: 1, times: [] }, 6],
    ['a message that was sent', { seen: 1 << 4, times: [NOON_MS, undefined, NOON_MS] }, 12],
    [
      'a message that was queued, sent and delivered within a minute',
      { seen: (1 << 2) | (1 << 4) | (1 << 5), times: [NOON_MS, NOON_MS, NOON_MS + 900, NOON_MS + 4_000] },
      16,
    ],
  ];
  for (const [name, written, bytes] of sizes) {
    it(`${name}: ${bytes} bytes`, () => {
      expect(encodeRecord(KEY, written)).to.have.length(bytes);
    });
  }

  it('that are not what was written are damage, whichever bit it is', () => {
    const good = encodeRecord(KEY, { seen: 2 ** 30 + 5, times: [NOON_MS, undefined, NOON_MS + 10], labels: 'x' });
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = Buffer.from(good);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeRecord(KEY, bad), `bit ${bit}`).to.throw(CorruptValue);
    }
    for (let size = 0; size < good.length; size++) {
      expect(() => decodeRecord(KEY, good.subarray(0, size)), `${size} bytes`).to.throw(CorruptValue);
    }
  });
});
