/** Bytes of heap for each entry of the memory ledger. Run with `--expose-gc`. */
import { randomBytes } from 'node:crypto';
import { MemoryLedger } from '../../src/ledger/memory/memory.ts';
import { withSeen } from '../../src/ledger/record.ts';

const ENTRIES = 200_000;

const clock = { nowMs: () => Date.now(), wallMs: () => Date.now(), monotonicMs: () => performance.now() };
const ledger = new MemoryLedger({ windowMs: 3_600_000, maxEntries: ENTRIES, clock, onCommit: () => {} });
const used = (): number => {
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
};

const before = used();
for (let i = 0; i < ENTRIES; i++) {
  const key = `message:SM${randomBytes(16).toString('hex')}`;
  await ledger.apply([{ key, reduce: (previous) => ({ next: withSeen(previous, 1, Date.now()), increments: [] }) }]);
}
const bytes = (used() - before) / ledger.stats().entries;
console.log(JSON.stringify(Math.round(bytes)));
