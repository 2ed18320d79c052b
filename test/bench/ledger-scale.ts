/**
 * What one callback costs the disk ledger when it already holds many: `tsx test/bench/ledger-scale.ts 10000 1000000`.
 * Random SIDs, 64 callbacks in flight, measured after compaction has settled, then again with one old record expiring
 * for each new one. CPU is that of the whole process, all threads; the fill is not part of it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { add } from '../../instrumentation/increments.ts';
import { DiskLedger } from '../../src/ledger/disk.ts';
import { withSeen } from '../../src/ledger/record.ts';

const MEASURED = 40_000;
const IN_FLIGHT = 64;

interface Cost {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  wallMs: () => Date.now() + offsetMs,
  monotonicMs: () => performance.now(),
};

async function run(ledger: DiskLedger, count: number, inFlight: number, timed = true): Promise<Cost> {
  const latencies: number[] = [];
  const started = performance.now();
  const cpu = process.cpuUsage();
  let left = count;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const at = performance.now();
        const key = `message:SM${randomBytes(16).toString('hex')}`;
        const increments = [add('messageCallback', { status: 'delivered' }), add('messagesDelivered')];
        await ledger.apply([
          {
            key,
            reduce: (previous) => (previous ? 'duplicate' : { next: withSeen(previous, 1, clock.nowMs()), increments }),
          },
        ]);
        if (timed) latencies.push(performance.now() - at);
      }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    cpuUs: (user + system) / count,
    perSecond: count / ((performance.now() - started) / 1_000),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

const told = ({ cpuUs, perSecond, p99Ms }: Cost): string =>
  `${cpuUs.toFixed(1)} us CPU, ${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms`;

for (const entries of process.argv.slice(2).map(Number)) {
  const directory = mkdtempSync(join(tmpdir(), 'ledger-scale-'));
  const options = {
    directory,
    windowMs: 3_600_000,
    maxEntries: 1e9,
    clock,
    log: pino({ level: 'silent' }),
    onCommit: () => {},
  };
  let ledger = await DiskLedger.open(options);
  await run(ledger, entries, 2_000, false);
  await ledger.close();
  const opened = performance.now();
  ledger = await DiskLedger.open(options);
  const openMs = performance.now() - opened;
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const plain = await run(ledger, MEASURED, IN_FLIGHT);
  const held = ledger.stats().entries;
  offsetMs += 3_600_001;
  const expiring = await run(ledger, MEASURED, IN_FLIGHT);
  const gone = held + MEASURED - ledger.stats().entries;
  const memory = process.memoryUsage();
  await ledger.close();
  const reopened = performance.now();
  ledger = await DiskLedger.open(options);
  console.log(
    `${entries} entries: open ${openMs.toFixed(0)} ms; ${told(plain)}; expiring (${gone} went): ${told(expiring)}; ` +
      `RSS ${Math.round(memory.rss / 1e6)} MB; ${(ledger.stats().bytes / ledger.stats().entries).toFixed(0)} bytes an entry; reopen ${(performance.now() - reopened).toFixed(0)} ms`,
  );
  await ledger.close();
  rmSync(directory, { recursive: true });
}
