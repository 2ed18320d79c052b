import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { findDamage } from '../../../../src/ledger/disk/check/damage.ts';
import { copySnapshot } from '../../../../src/ledger/disk/copies/snapshot.ts';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const COPIES = 20;
const SLOW_MS = 15;

describe('ledger: a snapshot of a database that another process writes to', () => {
  let root: string;
  let writer: ChildProcess;
  let durable = 0;
  const { readdirSync: atOnce } = fs;
  before(async () => {
    // Between what the manifest says and the files themselves: at full speed LevelDB would rarely come between.
    fs.readdirSync = ((...args: Parameters<typeof atOnce>) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
      return atOnce(...args);
    }) as typeof atOnce;
    syncBuiltinESMExports();
    root = mkdtempSync(join(tmpdir(), 'snapshot-'));
    writer = spawn(process.execPath, ['--import', 'tsx', WRITER, join(root, 'source')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    writer.stdout!.on('data', (text) => (durable = Number(String(text).trim().split('\n').at(-1))));
    await once(writer.stdout!, 'data');
  });
  after(() => {
    fs.readdirSync = atOnce;
    syncBuiltinESMExports();
    writer.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  it(`holds all that was durable before it began, and nothing half, ${COPIES} times of ${COPIES}`, async function () {
    this.timeout(60_000);
    const manifests = new Set<string>();
    for (let i = 0; i < COPIES; i++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
      const before = durable;
      const copy = join(root, `copy-${i}`);
      mkdirSync(copy);
      copySnapshot(join(root, 'source'), copy);
      expect(findDamage(copy)).to.equal(undefined);
      manifests.add(readdirSync(copy).sort().join());
      expect(await lastBatch(copy)).to.be.at.least(before);
    }
    expect(manifests.size, 'sets of files').to.be.above(COPIES / 4);
  });

  it('of a log and of tables that are longer than one piece of the copy', async () => {
    const [source, copy] = [join(root, 'long'), join(root, 'long-copy')];
    const options = { compression: false, writeBufferSize: 33_554_432, maxFileSize: 8_388_608 };
    const put = (n: number) => ({ type: 'put' as const, key: String(n), value: String(n).repeat(20_000) });
    for (const from of [100, 150]) {
      const level = new ClassicLevel<string, string>(source, options);
      for (let n = from; n < from + 50; n++) await level.batch([put(n)], { sync: true });
      if (from === 150) copySnapshot(source, fs.mkdirSync(copy, { recursive: true })!);
      await level.close();
    }
    expect(findDamage(copy)).to.equal(undefined);
    const level = new ClassicLevel<string, string>(copy, options);
    const found = await level.iterator().all();
    await level.close();
    expect(found.map(([key, value]) => value === key.repeat(20_000))).to.deep.equal(Array(100).fill(true));
  });

  /** The number of the last batch; each batch before it must be there whole. */
  async function lastBatch(directory: string): Promise<number> {
    const level = new ClassicLevel<string, string>(directory, { createIfMissing: false, compression: false });
    const last = Number(await level.get('last'));
    const numbers = { a: new Set<number>(), b: new Set<number>() };
    for await (const [key, value] of level.iterator({ lt: 'c' })) {
      numbers[key[0] as 'a' | 'b'].add(Number.parseInt(value, 10));
    }
    await level.close();
    expect([...numbers.b].sort()).to.deep.equal([...numbers.a].sort());
    expect(Math.max(...numbers.a)).to.equal(last);
    expect(numbers.a.size).to.equal(Math.min(last, 500));
    for (const n of numbers.a) expect(n).to.be.within(last - 499, last);
    return last;
  }
});
