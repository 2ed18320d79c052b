/** How long ledgers of older formats take to be brought to this one: `tsx test/bench/upgrade.ts 1000000`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { verifyLedger } from '../../src/ledger/disk/check/inspect.ts';
import { DiskLedger } from '../../src/ledger/disk/disk.ts';
import { KNOWN } from '../known-families.ts';
import { writeOldLedger } from '../ledger/disk/upgrade/old-ledger.ts';

const WINDOW_MS = 7 * 86_400_000;
const clock = { nowMs: () => Date.now(), wallMs: () => Date.now(), monotonicMs: () => performance.now() };
const { books } = KNOWN;

for (const messages of process.argv.slice(2).map(Number)) {
  for (const format of [1, 2] as const) {
    const directory = mkdtempSync(join(tmpdir(), 'ledger-upgrade-'));
    await writeOldLedger({ directory, format, messages, nowMs: Date.now(), spreadMs: WINDOW_MS * 0.99 });
    const at = performance.now();
    const cpu = process.cpuUsage();
    const log = pino({ level: 'silent' });
    const options = { directory, windowMs: WINDOW_MS, maxEntries: 1e9, clock, books, log, onCommit: () => {} };
    const ledger = await DiskLedger.open(options);
    const seconds = (performance.now() - at) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    await ledger.close();
    const problems = await verifyLedger(directory, Date.now(), KNOWN);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    console.log(
      `${messages} entries of format ${format}: opened and upgraded in ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
    );
    rmSync(directory, { recursive: true });
  }
}
