import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command } from '../../../command.ts';
import { change, fileOf, hashOf, openBench } from '../damage/kinds.ts';

describe('ledger: restore', () => {
  let root: string;
  let folder: string;
  let backup: string;
  let instance: string;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'restore-'));
    [folder, backup] = [join(root, 'ledger'), join(root, 'backup')];
    const bench = await openBench(folder);
    await bench.apply('a');
    instance = bench.ledger.instanceId;
    await bench.ledger.close();
    expect((await ledger('backup', backup)).code).to.equal(0);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const ledger = (...args: string[]) => command(['ledger', ...args], { STORAGE_DIR: folder });

  it('into a folder that is gone: the same totals and records under a new instance; the backup stays as it is', async () => {
    rmSync(folder, { recursive: true });
    const before = hashOf(backup);
    const { code, stdout, stderr } = await ledger('restore', backup);
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.include(folder)
      .and.include('a new one')
      .and.include('counter reset')
      .and.include('count once more');
    const bench = await openBench(folder);
    expect(bench.ledger.instanceId).to.not.equal(instance);
    expect(stdout).to.include(bench.ledger.instanceId);
    expect(bench.total('sent')).to.equal(1);
    expect([await bench.apply('a'), await bench.apply('b')]).to.deep.equal(['duplicate', 'accepted']);
    await bench.ledger.close();
    expect(hashOf(backup)).to.equal(before);
    expect(existsSync(join(folder, 'restoring'))).to.equal(false);
  });

  it('over a ledger that lies there: only on request, and that one is moved aside', async () => {
    const before = hashOf(folder);
    const refused = await ledger('restore', backup);
    expect(refused.code).to.equal(78);
    expect(refused.stderr).to.include('--set-aside');
    expect(hashOf(folder)).to.equal(before);
    const { code, stdout } = await ledger('restore', backup, '--set-aside');
    expect(code).to.equal(0);
    const [aside] = readdirSync(folder).filter((name) => name.startsWith('set-aside-'));
    expect(stdout).to.include(aside);
    const old = await openBench(join(folder, aside!));
    expect(old.ledger.instanceId).to.equal(instance);
    await old.ledger.close();
  });

  it('over a ledger that is in use: refused, whatever is asked for', async () => {
    const bench = await openBench(folder);
    const { code, stderr } = await ledger('restore', backup, '--set-aside');
    expect(code).to.equal(78);
    expect(stderr).to.include('in use');
    expect(await bench.apply('b')).to.equal('accepted');
    await bench.ledger.close();
  });

  it('of a backup that is damaged, or of a folder that is none: refused, and nothing is touched', async () => {
    change(fileOf(backup, 'table'), 0.5, 8);
    const before = hashOf(folder);
    for (const [from, told] of [
      [backup, 'damaged'],
      [join(root, 'nothing'), 'is no backup'],
      [folder, 'is no backup'],
    ] as const) {
      const { code, stderr } = await ledger('restore', from, '--set-aside');
      expect(code).to.equal(78);
      expect(stderr).to.include(told);
      expect(hashOf(folder)).to.equal(before);
    }
  });

  for (const format of [1, 2]) {
    it(`of a backup of format ${format}, made before an upgrade: the first start upgrades it, with all that it counted`, async () => {
      const [old, copy, restored] = [join(root, 'old'), join(root, 'old-copy'), join(root, 'old-restored')];
      cpSync(new URL(`../../../fixtures/ledger-format-${format}`, import.meta.url).pathname, old, { recursive: true });
      const { stdout } = await command(['ledger', 'backup', copy], { STORAGE_DIR: old });
      expect(stdout).to.match(/: [1-9]\d* entries/);
      const { code, stderr } = await command(['ledger', 'restore', copy], { STORAGE_DIR: restored });
      expect(code, stderr).to.equal(0);
      const [was, is] = [await openBench(old), await openBench(restored)];
      expect([...is.ledger.base.totals]).to.deep.equal([...was.ledger.base.totals]);
      expect(is.ledger.base.startTimeMs).to.equal(was.ledger.base.startTimeMs);
      expect(is.ledger.instanceId).to.not.equal(was.ledger.instanceId);
      await Promise.all([was.ledger.close(), is.ledger.close()]);
    });
  }
});
