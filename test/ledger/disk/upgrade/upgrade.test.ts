import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import pino from 'pino';
import { isHistogram } from '../../../../instrumentation/totals.ts';
import { inherit } from '../../../../src/families/index.ts';
import { ledgerStats, verifyLedger } from '../../../../src/ledger/disk/check/inspect.ts';
import { DiskLedger } from '../../../../src/ledger/disk/disk.ts';
import { type Level, openLevel } from '../../../../src/ledger/disk/leveldb/level.ts';
import { upgrade } from '../../../../src/ledger/disk/upgrade/upgrade.ts';
import type { LedgerRecord } from '../../../../src/ledger/record.ts';
import { KNOWN } from '../../../known-families.ts';
import { ManualClock } from '../../../manual-clock.ts';
import { writeOldLedger } from './old-ledger.ts';

const DAY_MS = 86_400_000;
/** 20 messages of a ledger of each format, each queued, sent and delivered or failed, as a killed agent left them. */
const fixture = (format: number) => new URL(`../../../fixtures/ledger-format-${format}`, import.meta.url).pathname;
/** Where the records of each lie, how many characters stand before their keys, and what a format alone has. */
const OLD = [
  { format: 1, records: { gte: 'r:', lt: 'r;' }, prefix: 2, gone: { gte: 'x:', lt: 'x;' } },
  { format: 2, records: { gte: 'g:', lt: 'g;' }, prefix: 11, gone: { gte: 'g:', lt: 'g;' } },
] as const;

let directory: string;
let clock: ManualClock;
const { books } = KNOWN;
const silent = pino({ level: 'silent' });
const open = (log = silent) =>
  DiskLedger.open({ directory, windowMs: 7 * DAY_MS, maxEntries: 1e6, clock, inherit, books, log, onCommit: () => {} });
const keys = async (range: { gte: string; lt: string }): Promise<string[]> => {
  const level = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer', compression: false });
  const found = await level.keys(range).all();
  await level.close();
  return found;
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-old-'));
  clock = new ManualClock();
});
afterEach(() => rmSync(directory, { recursive: true }));

for (const { format, records, prefix, gone } of OLD) {
  describe(`ledger: upgrade from format ${format}`, () => {
    beforeEach(() => cpSync(fixture(format), directory, { recursive: true }));

    it('knows every message again, and is sound', async () => {
      const known = (await keys(records)).map((stored) => stored.slice(prefix));
      expect(known).to.have.length(20);
      const ledger = await open();
      const given: (LedgerRecord | undefined)[] = [];
      for (const key of known) {
        const reduce = (previous?: LedgerRecord): 'duplicate' => {
          given.push(previous);
          return 'duplicate';
        };
        await ledger.apply([{ key, reduce }]);
      }
      expect(given.filter((record) => record && record.seen > 0)).to.have.length(20);
      await ledger.close();
      expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
      expect(await keys(gone), 'what only the old format has').to.deep.equal([]);
    });

    it('moves a message that goes on to a generation of now, and keeps it when the old ones expire', async () => {
      const [stored] = await keys(records);
      const key = stored!.slice(prefix);
      const ledger = await open();
      const touch = (name: string) =>
        ledger.apply([
          {
            key: name,
            reduce: (previous) =>
              previous && previous.seen >= 2 ** 12
                ? 'duplicate'
                : { next: { seen: 2 ** 12, times: previous?.times ?? [] }, increments: [] },
          },
        ]);
      clock.advance(60 * DAY_MS);
      expect(await touch(key)).to.deep.equal(['accepted']);
      for (let i = 0; i < 12; i++) await touch(`message:${i}`);
      expect(ledger.stats().entries).to.equal(13);
      expect(await touch(key)).to.deep.equal(['duplicate']);
      await ledger.close();
      expect(await keys(records)).to.deep.equal([]);
      expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
    });

    it('leaves it to a start of the agent: a look inside changes nothing', async () => {
      let message = '';
      await ledgerStats(directory, clock.wallMs()).catch((error: Error) => (message = error.message));
      expect(message).to.include('format').and.include('start the agent');
      expect(await keys(records)).to.have.length(20);
    });
  });

  describe(`ledger: upgrade from format ${format}, of many messages`, () => {
    // More than are moved in two steps; of four, three are delivered.
    const messages = 5_000;
    let original: string;
    before(async () => {
      original = mkdtempSync(join(tmpdir(), 'ledger-original-'));
      const nowMs = new ManualClock().wallMs();
      await writeOldLedger({ directory: original, format, messages, nowMs, spreadMs: 2 * DAY_MS });
    });
    after(() => rmSync(original, { recursive: true }));
    beforeEach(() => cpSync(original, directory, { recursive: true }));

    it('counts what was under way as in flight', async () => {
      const ledger = await open();
      expect(ledger.book.count('message')).to.deep.equal([0, messages / 4]);
      expect(ledger.book.count('message', clock.wallMs() - DAY_MS)[1]).to.be.within(messages / 8 - 2, messages / 8 + 2);
      await ledger.close();
    });

    it('says in the log what it does and how far it is', async () => {
      const lines: string[] = [];
      // Each look at the clock takes three seconds.
      const slow = { nowMs: () => clock.nowMs(), wallMs: () => clock.wallMs(), monotonicMs: () => (seconds += 3_000) };
      let seconds = 0;
      const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
      const level = await openLevel(directory);
      await upgrade(level, { clock: slow, log, books });
      await level.close();
      expect(lines.map((line) => line.replace(/\d+\.\d s$/, '9.0 s'))).to.deep.equal([
        `ledger: upgrades 5000 records from format ${format} to 3; callbacks are accepted when it is done`,
        'ledger: upgrading: 4000 of 5000 records moved',
        'ledger: upgraded to format 3 in 9.0 s',
      ]);
    });

    it('is broken off after each of its steps, and goes on at the next start', async function () {
      this.timeout(60_000);
      let steps = 0;
      for (let done = false; !done; steps++) {
        rmSync(directory, { recursive: true });
        cpSync(original, directory, { recursive: true });
        done = await breakOff(steps);
        const ledger = await open();
        expect(ledger.stats().entries, `after step ${steps}`).to.equal(messages);
        expect(ledger.book.count('message'), `after step ${steps}`).to.deep.equal([0, messages / 4]);
        await ledger.close();
        expect(await verifyLedger(directory, clock.wallMs(), KNOWN), `after step ${steps}`).to.deep.equal([]);
      }
      expect(steps).to.be.at.least(5);
    });
  });
}

describe('ledger: format 3, as it was left', () => {
  it('is opened as it is: totals, histograms and the open book', async () => {
    cpSync(fixture(3), directory, { recursive: true });
    // When it was written.
    clock = new ManualClock(Date.UTC(2026, 10, 27, 6, 45, 3));
    const lines: string[] = [];
    const ledger = await open(pino({}, { write: (line: string) => lines.push(line) }));
    expect(lines).to.deep.equal([]);
    expect(ledger.stats().entries).to.equal(27);
    expect(ledger.book.count('message'), 'queued, sent').to.deep.equal([1, 2]);
    expect(ledger.book.count('call'), 'queued, ringing, in progress').to.deep.equal([0, 0, 1]);
    const { totals } = ledger.base;
    const counts = ['twilio.message.delivery.duration', 'twilio.call.ring.duration', 'twilio.call.duration'].map(
      (name) => {
        const total = totals.get(name)!;
        return isHistogram(total) ? total.count : undefined;
      },
    );
    expect(counts).to.deep.equal([16, 2, 1]);
    expect(totals.get('twilio.messages.received')).to.deep.equal({ sum: 1 });
    await ledger.close();
    expect(await verifyLedger(directory, clock.wallMs(), KNOWN)).to.deep.equal([]);
  });
});

/** Upgrades until so many writes are done; true when there are no more. */
async function breakOff(writes: number): Promise<boolean> {
  const level = await openLevel(directory);
  let left = writes;
  const spend = () => {
    if (left-- === 0) throw new Error('killed');
  };
  try {
    await upgrade(limited(level, spend), { clock, log: silent, books });
    return true;
  } catch (error) {
    if ((error as Error).message !== 'killed') throw error;
    return false;
  } finally {
    await level.close();
  }
}

/** The database, which asks before it writes. */
function limited(level: Level, spend: () => void): Level {
  return new Proxy(level, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'put' || name === 'clear' || (name === 'batch' && args.length > 0)) spend();
        const result = value.apply(target, args);
        if (name !== 'batch' || args.length > 0) return result;
        const write = result.write.bind(result);
        result.write = async (options: object) => {
          spend();
          await write(options);
        };
        return result;
      };
    },
  });
}
