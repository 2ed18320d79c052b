import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { findDamage } from '../../../../src/ledger/disk/check/damage.ts';
import { leaveMark } from '../../../../src/ledger/disk/leveldb/mark.ts';
import { command } from '../../../command.ts';
import {
  change,
  cut,
  FILES,
  type File,
  fileOf,
  hashOf,
  killedLedger,
  openBench,
  remove,
  replace,
  start,
} from './kinds.ts';

const STARTS = 10;
const BLOCK_SIZE = 32_768;
const FOOTER_SIZE = 48;

describe('ledger: damage', () => {
  let root: string;
  let killed: string;
  let other: string;
  before(async function () {
    this.timeout(60_000);
    root = mkdtempSync(join(tmpdir(), 'damage-'));
    killed = await killedLedger(root);
    other = await killedLedger(join(root, 'other'), 50);
  });
  after(() => rmSync(root, { recursive: true }));

  let folder: string;
  beforeEach(() => {
    folder = join(root, 'case');
    rmSync(folder, { recursive: true, force: true });
    cpSync(killed, folder, { recursive: true });
  });

  const rows: [File, place: string, kind: string, damage: (path: string) => void][] = [];
  for (const file of ['log', 'table', 'manifest'] as const) {
    for (const part of [0, 0.05, 0.2, 0.5, 0.8, 0.95]) {
      rows.push([file, `${part * 100}%`, 'a flipped byte', (path) => change(path, part, 1)]);
      rows.push([file, `${part * 100}%`, 'eight wrong bytes', (path) => change(path, part, 8)]);
    }
    rows.push([file, '30%', '600 wrong bytes', (path) => change(path, 0.3, 600)]);
    rows.push([file, 'the end', 'a flipped byte', (path) => change(path, 1, 1)]);
    rows.push([file, 'all', 'missing', remove]);
    rows.push([file, 'all', "another database's", (path) => replace(path, fileOf(other, file))]);
  }
  rows.push(['current', 'the start', 'a flipped byte', (path) => change(path, 0, 1)]);
  rows.push(['current', 'the number', 'a flipped byte', (path) => change(path, 0.9, 1)]);
  rows.push(['current', 'the end', 'a flipped byte', (path) => change(path, 1, 1)]);
  rows.push(['current', 'all', 'missing', remove]);
  rows.push(['current', 'all', 'empty', (path) => writeFileSync(path, '')]);
  rows.push(['manifest', 'all', 'empty', (path) => writeFileSync(path, '')]);

  for (const [file, place, kind, damage] of rows) {
    it(`${file}, ${place}, ${kind}: each of ten starts refuses with the same line and changes nothing`, async () => {
      damage(fileOf(folder, file));
      const before = hashOf(folder);
      const first = await start(folder);
      expect(first.exit).to.equal(78);
      expect(first.line).to.include('is damaged').and.to.include('--ledger-recreate');
      for (let i = 1; i < STARTS; i++) expect(await start(folder)).to.deep.equal(first);
      expect(hashOf(folder)).to.equal(before);
    });
  }

  it('says which file, where, and how many records lie before and behind', async () => {
    change(fileOf(folder, 'log'), 0.5, 8);
    const { line } = await start(folder);
    const [, before, behind] = /\d+\.log at byte \d+: .* \((\d+) whole records before it, (\d+) behind it\)/.exec(
      line,
    )!;
    expect(Number(before)).to.be.within(230, 270);
    expect(Number(before) + Number(behind)).to.be.within(495, 501);
  });

  const EVERY: [name: string, damage: () => void, told: RegExp[]][] = [
    [
      'a table and the log',
      () => {
        change(fileOf(folder, 'table'), 0.5, 8);
        change(fileOf(folder, 'log'), 0.5, 8);
      },
      [/\d+\.ldb at byte \d+: a block/, /\d+\.log at byte \d+: .*before it, .*behind it/],
    ],
    [
      'a table that is missing, and the log',
      () => {
        remove(fileOf(folder, 'table'));
        change(fileOf(folder, 'log'), 0.5, 8);
      },
      [/its table \d+ is missing/, /\d+\.log at byte/],
    ],
    [
      'the manifest, a table and the log',
      () => {
        for (const file of ['manifest', 'table', 'log'] as const) change(fileOf(folder, file), 0.5, 8);
      },
      [/MANIFEST-\d+ at byte/, /\d+\.ldb at byte/, /\d+\.log at byte/],
    ],
    [
      'CURRENT that is missing, and a table',
      () => {
        remove(fileOf(folder, 'current'));
        change(fileOf(folder, 'table'), 0.5, 8);
      },
      [/CURRENT is missing/, /\d+\.ldb at byte/],
    ],
    [
      'a table, after damage was found while it was open',
      () => {
        leaveMark(folder, 'a record cannot be read');
        change(fileOf(folder, 'table'), 0.5, 8);
      },
      [/DAMAGED says .*: a record cannot be read/, /\d+\.ldb at byte/],
    ],
    [
      'nothing, after damage was found while it was open',
      () => leaveMark(folder, 'a record cannot be read'),
      [/DAMAGED says .*: a record cannot be read/, /delete DAMAGED/],
    ],
  ];
  for (const [name, damage, told] of EVERY) {
    it(`verify names each: ${name}; and changes nothing`, async () => {
      damage();
      const before = hashOf(folder);
      const { code, stdout, stderr } = await command(['ledger', 'verify'], { STORAGE_DIR: folder });
      expect([code, stdout]).to.deep.equal([78, '']);
      const lines = stderr.trim().split('\n');
      expect(lines).to.have.length(told.length);
      lines.forEach((line, i) => {
        expect(line).to.match(told[i]!).and.include(`ledger: ${folder}: `);
      });
      expect(hashOf(folder)).to.equal(before);
    });
  }

  for (const bytes of [1, 7, 60, 3_000]) {
    it(`a log that ends ${bytes} bytes early is what a crash leaves, and opens`, async () => {
      cut(fileOf(folder, 'log'), bytes);
      expect((await start(folder)).exit).to.equal(undefined);
    });
  }

  for (const zeros of [512, 4_096, 40_000]) {
    it(`a log with ${zeros} zeros behind it is what a crash leaves, and opens with all that was acknowledged`, async () => {
      const path = fileOf(folder, 'log');
      writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(zeros)]));
      const bench = await openBench(folder);
      expect(bench.total('sent')).to.equal(1_000);
      await bench.ledger.close();
    });
  }

  it('found in an open database refuses all later starts, until somebody repaired it', async () => {
    leaveMark(folder, 'a record cannot be read');
    const before = hashOf(folder);
    for (let i = 0; i < STARTS; i++) {
      expect((await start(folder)).line).to.include('is damaged: a record cannot be read');
    }
    expect(hashOf(folder)).to.equal(before);
  });

  for (const file of ['log', 'table', 'manifest', 'current'] as const) {
    it(`of any byte of the ${file} is found`, () => {
      const path = fileOf(folder, file);
      const sound = readFileSync(path);
      const meaningful = file === 'table' ? sound.length - FOOTER_SIZE : sound.length;
      fc.assert(
        fc.property(fc.nat(meaningful - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          // LevelDB leaves the last bytes of a block free where no header fits in, and reads nothing there.
          fc.pre(file === 'table' || at % BLOCK_SIZE < BLOCK_SIZE - 6);
          const bytes = Buffer.from(sound);
          bytes[at] = bytes[at]! ^ mask;
          writeFileSync(path, bytes);
          return findDamage(folder) !== undefined;
        }),
        { numRuns: 150 },
      );
      writeFileSync(path, sound);
      expect(findDamage(folder)).to.equal(undefined);
    });
  }

  it('is looked for in every kind of file that lies there', () => {
    const kinds = Object.values(FILES);
    const rest = readdirSync(folder).filter((name) => !kinds.some((kind) => kind.test(name)));
    expect(rest.filter((name) => !/^(?:LOCK|LOG|LOG\.old)$/.test(name))).to.deep.equal([]);
  });
});
