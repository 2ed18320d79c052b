import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { damagedTable, isSound } from '../../../../src/ledger/disk/check/table-check.ts';
import { liveFiles } from '../../../../src/ledger/disk/leveldb/manifest.ts';

describe('ledger: tables', () => {
  let folder: string;
  let table: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tables-'));
    // Opened twice: LevelDB writes the log of a former process into a table when it opens.
    for (let i = 0; i < 2; i++) {
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
    table = readdirSync(folder).find((name) => name.endsWith('.ldb'))!;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are sound as LevelDB wrote them', () => {
    expect(damagedTable(folder)).to.equal(undefined);
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
    expect(damagedTable(folder)).to.equal(undefined);
    rmSync(join(folder, '999999.ldb'));
  });

  it('that are live and damaged are named', () => {
    const copy = join(folder, 'copy');
    copyFileSync(join(folder, table), copy);
    const bytes = readFileSync(copy);
    bytes[10] = bytes[10]! ^ 1;
    writeFileSync(join(folder, table), bytes);
    expect(damagedTable(folder)).to.equal(table);
    copyFileSync(copy, join(folder, table));
  });
});
