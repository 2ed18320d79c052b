import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { damagedTables, isSound } from '../../../../src/ledger/disk/check/table-check.ts';
import { liveFiles } from '../../../../src/ledger/disk/leveldb/manifest.ts';

describe('ledger: tables', () => {
  let folder: string;
  let table: string;
  before(async () => {
    folder = await tables(1);
    table = readdirSync(folder).find((name) => name.endsWith('.ldb'))!;
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A database with several tables. */
  async function tables(first: number): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'tables-'));
    // Opened twice: LevelDB writes the log of a former process into a table when it opens.
    for (let i = first; i < first + 2; i++) {
      const level = new ClassicLevel<string, string>(folder, { compression: false, maxFileSize: 1_048_576 });
      const operations = Array.from({ length: 20_000 }, (_, n) => ({
        type: 'put' as const,
        key: `${i}${n}`,
        value: `value ${n}`,
      }));
      await level.batch(operations);
      await level.compactRange('', '~');
      await level.close();
    }
    return folder;
  }

  const damaged = () => [...damagedTables(folder, readdirSync(folder), liveFiles(folder).tables)];

  it('are sound as LevelDB wrote them', () => {
    expect(damaged()).to.deep.equal([]);
    expect(liveFiles(folder).tables.size).to.equal(readdirSync(folder).filter((name) => name.endsWith('.ldb')).length);
  });

  it('are not sound with any one byte flipped, but for the padding of the footer', () => {
    const bytes = readFileSync(join(folder, table));
    for (let at = 0; at < bytes.length - 48; at += 97) {
      bytes[at] = bytes[at]! ^ 1;
      expect(isSound(bytes), `byte ${at}`).to.equal(false);
      bytes[at] = bytes[at]! ^ 1;
    }
    expect(isSound(bytes)).to.equal(true);
  });

  for (const length of [0, 47, 48, 5_000]) {
    it(`are not sound cut to ${length} bytes`, () => {
      expect(isSound(readFileSync(join(folder, table)).subarray(0, length))).to.equal(false);
    });
  }

  it('that a crash left half written beside the live ones are no damage', () => {
    writeFileSync(join(folder, '999999.ldb'), readFileSync(join(folder, table)).subarray(0, 5_000));
    expect(damaged()).to.deep.equal([]);
    rmSync(join(folder, '999999.ldb'));
  });

  it('that are live and damaged are named', () => {
    const copy = join(folder, 'copy');
    copyFileSync(join(folder, table), copy);
    const bytes = readFileSync(copy);
    bytes[10] = bytes[10]! ^ 1;
    writeFileSync(join(folder, table), bytes);
    expect(damaged()).to.deep.equal([`${table} at byte 0: a block does not hold its checksum`]);
    copyFileSync(copy, join(folder, table));
  });

  it('that are sound and of the same size, but of another database, are named', async () => {
    const other = await tables(5);
    const written = liveFiles(folder).tables;
    const names = readdirSync(other).filter(
      (name) => written.get(Number.parseInt(name, 10))?.size === sizeOf(other, name),
    );
    expect(names).to.not.deep.equal([]);
    for (const name of names) {
      const own = readFileSync(join(folder, name));
      copyFileSync(join(other, name), join(folder, name));
      expect(damaged()).to.deep.equal([
        `${name} holds other keys than were written: it is of another database, or of another time`,
      ]);
      writeFileSync(join(folder, name), own);
    }
    expect(damaged()).to.deep.equal([]);
    rmSync(other, { recursive: true });
  });
});

const sizeOf = (folder: string, name: string): number => statSync(join(folder, name)).size;
