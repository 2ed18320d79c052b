import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { recordPrefix } from '../../../../src/ledger/disk/codec.ts';
import { BYTES } from '../../../../src/ledger/disk/leveldb/level.ts';
import { setAside } from '../../../../src/ledger/disk/leveldb/set-aside.ts';
import { shortKey } from '../../../../src/ledger/keys.ts';
import { command } from '../../../command.ts';
import { NOON_MS } from '../../../manual-clock.ts';
import { openBench, start } from './kinds.ts';

describe('ledger: damage that is found while it is open', () => {
  let root: string;
  let folder: string;
  let sound: string;
  let backup: string;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'found-open-'));
    [folder, sound, backup] = [join(root, 'ledger'), join(root, 'sound'), join(root, 'backup')];
    const bench = await openBench(folder);
    for (const key of ['a', 'b']) await bench.apply(key);
    await bench.ledger.close();
    expect((await ledger('backup', backup)).code).to.equal(0);
    cpSync(folder, sound, { recursive: true });
    const options = { keyEncoding: BYTES, valueEncoding: 'buffer', compression: false } as const;
    const level = new ClassicLevel<string, Buffer>(folder, options);
    await level.put(recordPrefix(1) + shortKey('message:a'), Buffer.alloc(21, 7));
    await level.close();
    const running = await openBench(folder);
    await running.apply('a').catch(() => {});
    await running.ledger.close();
    expect((await start(folder)).line).to.include('is damaged: a record cannot be read');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const ledger = (...args: string[]) => command(['ledger', ...args], { STORAGE_DIR: folder });
  const verify = async () => (await ledger('verify')).stderr;

  it('stays until somebody does something; verify says what it was and what to do', async () => {
    expect((await start(folder)).exit).to.equal(78);
    expect(await verify())
      .to.include('a record cannot be read')
      .and.include('delete DAMAGED to have the values read');
    expect((await start(folder)).exit).to.equal(78);
  });

  it('a backup is put back: it opens, and what was damaged is moved aside with its mark', async () => {
    expect((await ledger('restore', backup, '--set-aside')).code).to.equal(0);
    expect((await start(folder)).exit).to.equal(undefined);
    const [aside] = readdirSync(folder).filter((name) => name.startsWith('set-aside-'));
    expect(existsSync(join(folder, aside!, 'DAMAGED'))).to.equal(true);
  });

  it('the right files are brought back and the mark is deleted: it opens', async () => {
    rmSync(folder, { recursive: true });
    cpSync(sound, folder, { recursive: true });
    const bench = await openBench(folder);
    expect(await bench.apply('a')).to.equal('duplicate');
    await bench.ledger.close();
  });

  it('only the mark is deleted: verify reads the values and counts the damaged ones', async () => {
    rmSync(join(folder, 'DAMAGED'));
    expect(await verify()).to.include('1 values are damaged');
  });

  it('it is moved aside, as --ledger-recreate does: the next start begins at zero', async () => {
    await setAside(folder, NOON_MS);
    const bench = await openBench(folder);
    expect(bench.total('sent')).to.equal(0);
    await bench.ledger.close();
  });
});
