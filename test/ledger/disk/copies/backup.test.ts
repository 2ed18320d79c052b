import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { verifyLedger } from '../../../../src/ledger/disk/check/inspect.ts';
import { encodeText, META } from '../../../../src/ledger/disk/codec.ts';
import { leaveMark } from '../../../../src/ledger/disk/leveldb/mark.ts';
import { command } from '../../../command.ts';
import { NOON_MS } from '../../../manual-clock.ts';
import { change, fileOf, hashOf, openBench } from '../damage/kinds.ts';

describe('ledger: backup', () => {
  let root: string;
  let folder: string;
  let target: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'backup-'));
    [folder, target] = [join(root, 'ledger'), join(root, 'backup')];
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const ledger = (action: string, directory: string, ...args: string[]) =>
    command(['ledger', action, ...args], { STORAGE_DIR: directory });
  const stopped = async (...keys: string[]) => {
    const bench = await openBench(folder);
    for (const key of keys) await bench.apply(key);
    await bench.ledger.close();
  };

  it('of a running agent: it goes on, and the copy holds all that was acknowledged before', async () => {
    const bench = await openBench(folder);
    for (const key of ['a', 'b', 'c']) await bench.apply(key);
    const { code, stdout, stderr } = await ledger('backup', folder, target);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include(folder).and.include(target).and.include('3 entries');
    expect(await bench.apply('d')).to.equal('accepted');
    await bench.ledger.close();
    const known = { recount: () => ({ messageCallback: 1 }), books: [] };
    expect(await verifyLedger(target, NOON_MS, known)).to.deep.equal([]);
    const copy = await openBench(target);
    expect([await copy.apply('c'), await copy.apply('d')]).to.deep.equal(['duplicate', 'accepted']);
    expect(copy.total('sent')).to.equal(4);
    await copy.ledger.close();
  });

  it('of a stopped one, into an empty folder: the same, and not a byte of it is changed', async () => {
    await stopped('a', 'b');
    mkdirSync(target);
    const before = hashOf(folder);
    expect((await ledger('backup', folder, target)).stdout).to.include('2 entries');
    expect(hashOf(folder)).to.equal(before);
    expect(readdirSync(target)).to.not.include('unfinished');
  });

  const IMPOSSIBLE: [name: string, prepare: () => string, told: string][] = [
    [
      'a folder that holds something',
      () => {
        mkdirSync(target);
        writeFileSync(join(target, 'file'), '');
        return target;
      },
      'is not empty',
    ],
    [
      'a folder in which another backup is being made',
      () => {
        mkdirSync(join(target, 'unfinished'), { recursive: true });
        return target;
      },
      'being made or was broken off',
    ],
    ["the ledger's own folder", () => folder, "lies in the ledger's own folder"],
    ['a new folder below it', () => join(folder, 'a', 'b'), "lies in the ledger's own folder"],
    [
      'a folder below it by another name',
      () => {
        symlinkSync(folder, join(root, 'link'));
        return join(root, 'link', 'backup');
      },
      "lies in the ledger's own folder",
    ],
    [
      'a file',
      () => {
        writeFileSync(target, '');
        return target;
      },
      'no backup was made',
    ],
    ['a folder that cannot be made', () => '/proc/backup', 'no backup was made'],
  ];
  for (const [name, prepare, told] of IMPOSSIBLE) {
    it(`into ${name}: refused, and nothing is touched`, async () => {
      await stopped('a');
      const into = prepare();
      const before = hashOf(folder);
      const { code, stdout, stderr } = await ledger('backup', folder, into);
      expect([code, stdout]).to.deep.equal([78, '']);
      expect(stderr).to.include(told);
      expect(hashOf(folder)).to.equal(before);
      expect(existsSync(join(into, 'unfinished', 'CURRENT'))).to.equal(false);
    });
  }

  const DAMAGED: [name: string, damage: () => void, told: string][] = [
    ['a table is damaged', () => change(fileOf(folder, 'table'), 0.5, 8), '.ldb at byte'],
    ['a log is damaged', () => change(fileOf(folder, 'log'), 0.3, 8), '.log at byte'],
    ['a table is missing', () => rmSync(fileOf(folder, 'table')), 'is missing'],
    ['the log is missing', () => rmSync(fileOf(folder, 'log')), 'its write-ahead log is missing'],
    ['CURRENT is missing', () => rmSync(fileOf(folder, 'current')), 'CURRENT is missing'],
    ['the manifest is missing', () => rmSync(fileOf(folder, 'manifest')), 'is missing'],
    ['damage was found while it ran', () => leaveMark(folder, 'a record cannot be read'), 'a record cannot be read'],
  ];
  for (const [name, damage, told] of DAMAGED) {
    it(`${name}: told as a start tells it, nothing is changed and no backup left`, async () => {
      await stopped('a', 'b');
      await stopped('c', 'd');
      damage();
      const before = hashOf(folder);
      const { code, stderr } = await ledger('backup', folder, target);
      expect(code).to.equal(78);
      expect(stderr).to.include(`ledger: ${folder} is damaged`).and.include(told).and.not.include('unfinished');
      expect(hashOf(folder)).to.equal(before);
      expect(existsSync(target)).to.equal(false);
    });
  }

  it('of an agent of a newer version: named, and no backup left', async () => {
    await stopped('a');
    const level = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer', compression: false });
    await level.put(META.format, encodeText(META.format, '9'));
    const { code, stderr } = await ledger('backup', folder, target);
    await level.close();
    expect(code).to.equal(78);
    expect(stderr).to.include(`${folder} has format 9`).and.include('run the version of the agent that wrote it');
    expect(existsSync(target)).to.equal(false);
  });

  it('broken off at any point: what is left is no backup', async () => {
    await stopped('a', 'b');
    await ledger('backup', folder, target);
    for (const name of ['CURRENT', ...readdirSync(target).filter((name) => name !== 'CURRENT')]) {
      const { code, stderr } = await ledger('restore', join(root, 'other'), target);
      if (existsSync(join(target, 'CURRENT'))) expect(code, stderr).to.equal(0);
      else {
        expect(code).to.equal(78);
        expect(stderr).to.match(/CURRENT is missing|is no backup/);
      }
      rmSync(join(target, name));
      rmSync(join(root, 'other'), { recursive: true, force: true });
    }
  });
});
