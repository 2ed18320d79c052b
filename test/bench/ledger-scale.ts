/**
 * What one callback costs the disk ledger when it already holds many: `tsx test/bench/ledger-scale.ts 10000 1000000`.
 * Random SIDs whose times are spread over the window, 64 callbacks in flight, measured after compaction has settled,
 * then again with old records expiring beside. CPU is that of the whole process, all threads; the fill is not part of it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { add } from '../../instrumentation/increments.ts';
import { DiskLedger } from '../../src/ledger/disk/disk.ts';
import { sizeOnDisk } from '../../src/ledger/disk/leveldb/files.ts';
import { withSeen } from '../../src/ledger/record.ts';

const MEASURED = 40_000;
const IN_FLIGHT = 64;
const WINDOW_MS = 7 * 86_400_000;

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

/** `ageMs` makes time pass: so much in all, evenly. Without `latencies` nothing grows but the ledger. */
async function run(
  ledger: DiskLedger,
  count: number,
  inFlight: number,
  ageMs = 0,
  latencies?: number[],
): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const at = performance.now();
        offsetMs += ageMs / count;
        const key = `message:SM${randomBytes(16).toString('hex')}`;
        const increments = [add('messageCallback', { status: 'delivered' }), add('messagesDelivered')];
        await ledger.apply([
          {
            key,
            reduce: (previous) => (previous ? 'duplicate' : { next: withSeen(previous, 1, clock.nowMs()), increments }),
          },
        ]);
        latencies?.push(performance.now() - at);
      }
    }),
  );
}

async function measure(ledger: DiskLedger, ageMs = 0): Promise<Cost> {
  const latencies: number[] = [];
  const started = performance.now();
  const cpu = process.cpuUsage();
  await run(ledger, MEASURED, IN_FLIGHT, ageMs, latencies);
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    cpuUs: (user + system) / MEASURED,
    perSecond: MEASURED / ((performance.now() - started) / 1_000),
    p99Ms: latencies[Math.floor(MEASURED * 0.99)] ?? 0,
  };
}

/** Anonymous memory, and pages of files that are mapped: the second belongs to the system's cache. */
function memory(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mb = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_000);
  return `RSS ${mb('RssAnon')} MB and ${mb('RssFile')} MB of mapped files`;
}

const told = ({ cpuUs, perSecond, p99Ms }: Cost): string =>
  `${cpuUs.toFixed(1)} us CPU, ${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms`;

for (const entries of process.argv.slice(2).map(Number)) {
  const directory = mkdtempSync(join(tmpdir(), 'ledger-scale-'));
  const options = {
    directory,
    windowMs: WINDOW_MS,
    maxEntries: 1e9,
    clock,
    log: pino({ level: 'silent' }),
    onCommit: () => {},
  };
  let ledger = await DiskLedger.open(options);
  await run(ledger, entries, 2_000, WINDOW_MS * 0.99);
  await ledger.close();
  const opened = performance.now();
  ledger = await DiskLedger.open(options);
  const openMs = performance.now() - opened;
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const settled = sizeOnDisk(directory) / ledger.stats().entries;
  const plain = await measure(ledger);
  const held = ledger.stats().entries;
  // As much time passes as the oldest half took to come.
  const expiring = await measure(ledger, WINDOW_MS / 2);
  const gone = held + MEASURED - ledger.stats().entries;
  const used = memory();
  await ledger.close();
  const reopened = performance.now();
  ledger = await DiskLedger.open(options);
  console.log(
    `${entries} entries: open ${openMs.toFixed(0)} ms; ${told(plain)}; expiring (${gone} went): ${told(expiring)}; ` +
      `${used}; ${settled.toFixed(1)} bytes an entry, ${(ledger.stats().bytes / ledger.stats().entries).toFixed(0)} while old ones go; reopen ${(performance.now() - reopened).toFixed(0)} ms`,
  );
  await ledger.close();
  rmSync(directory, { recursive: true });
}
