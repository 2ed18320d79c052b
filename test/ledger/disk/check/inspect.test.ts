import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import pino from 'pino';
import { ledgerStats, verifyLedger } from '../../../../src/ledger/disk/check/inspect.ts';
import { backupLedger } from '../../../../src/ledger/disk/copies/backup.ts';
import { DiskLedger } from '../../../../src/ledger/disk/disk.ts';
import { StorageError } from '../../../../src/ledger/disk/leveldb/storage-error.ts';
import { NOON_MS } from '../../../manual-clock.ts';
import { Bench } from '../../keeping.ts';

const log = pino({ level: 'silent' });
const KNOWN = { recount: () => ({ messageCallback: 1 }), books: [] };

describe('ledger: looking inside', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ledger-inspect-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** A stopped ledger with two records, after something was done to its database. */
  async function stopped(damage: (level: ClassicLevel<string, Buffer>) => Promise<void>): Promise<string> {
    const directory = mkdtempSync(join(root, 'folder-'));
    const bench = await Bench.open({
      open: (setting) => DiskLedger.open({ directory, log, batchEveryMs: 0, ...setting }),
    });
    for (const key of ['a', 'b']) await bench.apply(key);
    await bench.ledger.close();
    const level = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer', compression: false });
    await damage(level);
    await level.close();
    return directory;
  }
  const idOfTotal = async (level: ClassicLevel<string, Buffer>) => (await level.keys({ gt: 't:', lt: 't;' }).all())[0];

  it('tells of a sound one what it holds, and finds nothing wrong', async () => {
    const directory = await stopped(async () => {});
    expect(await ledgerStats(directory, NOON_MS))
      .to.match(/^entries: 2$/m)
      .and.match(/^series: 1$/m);
    expect(await verifyLedger(directory, NOON_MS, KNOWN)).to.deep.equal([]);
    expect((await backupLedger(directory, `${directory}-copy`, NOON_MS)).entries).to.equal(2);
  });

  const FLIPPED = Buffer.alloc(21, 7);
  const DAMAGE: readonly (readonly [string, (level: ClassicLevel<string, Buffer>) => Promise<void>])[] = [
    ['its counts are gone', (level) => level.del('m:counts')],
    ['its counts are changed', (level) => level.put('m:counts', FLIPPED)],
    ['its instance is changed', (level) => level.put('m:instance', FLIPPED)],
    ['its generations are changed', (level) => level.put('m:generations', FLIPPED)],
    ['a total is changed', async (level) => level.put((await idOfTotal(level))!, FLIPPED)],
    ['a total is gone', async (level) => level.del((await idOfTotal(level))!)],
  ];
  for (const [name, damage] of DAMAGE) {
    it(`${name}: verify names problems, stats and backup say that it is damaged`, async () => {
      const directory = await stopped(damage);
      expect(await verifyLedger(directory, NOON_MS, KNOWN)).to.not.deep.equal([]);
      const looks = [ledgerStats, (from: string, nowMs: number) => backupLedger(from, `${from}-copy`, nowMs)];
      for (const look of looks) {
        const error = await look(directory, NOON_MS).catch((error) => error);
        expect(error).to.be.instanceOf(StorageError).with.property('message').that.includes('is damaged');
      }
    });
  }

  it('a record is changed: verify says how many', async () => {
    const directory = await stopped(async (level) => {
      const [record] = await level.keys({ gt: 'k', lt: 'l' }).all();
      await level.put(record!, FLIPPED);
    });
    expect(await verifyLedger(directory, NOON_MS, KNOWN)).to.include('1 values are damaged');
  });
});
