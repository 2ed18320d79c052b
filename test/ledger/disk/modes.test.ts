import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openBench } from './damage/kinds.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('ledger: who may read it', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'modes-')), 'ledger');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  const openAndClose = async () => (await openBench(folder)).ledger.close();
  const modes = () => [...new Set(readdirSync(folder).map((name) => modeOf(join(folder, name))))];

  it('one of an earlier version: its own user alone, once it was opened', async () => {
    await openAndClose();
    chmodSync(folder, 0o755);
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
    await openAndClose();
    expect([modeOf(folder), ...modes()]).to.deep.equal(['700', '600']);
  });

  it('a folder that others use too keeps its mode, the files do not', async () => {
    await openAndClose();
    writeFileSync(join(folder, 'notes.txt'), '', { mode: 0o644 });
    chmodSync(folder, 0o755);
    await openAndClose();
    expect([modeOf(folder), modeOf(join(folder, 'notes.txt')), modeOf(join(folder, 'CURRENT'))]).to.deep.equal([
      '755',
      '644',
      '600',
    ]);
  });

  it('what LevelDB creates later in the life of a command: its own user alone', async function () {
    this.timeout(30_000);
    await openAndClose();
    const copy = join(folder, '..', 'copy');
    // A process of its own, because the mask is set where the program begins; the copy is written by LevelDB alone.
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'src/main.ts', 'ledger', 'backup', copy],
      { env: { ...process.env, NODE_ENV: 'test', STORAGE_DIR: folder }, encoding: 'utf8' },
    );
    expect(status, stderr).to.equal(0);
    const found = readdirSync(copy).map((name) => modeOf(join(copy, name)));
    expect([modeOf(copy), ...new Set(found)]).to.deep.equal(['700', '600']);
  });
});
