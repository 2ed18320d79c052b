import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import pino from 'pino';
import type { Base } from '../../../instrumentation/totals.ts';
import { DiskLedger } from '../../../src/ledger/disk/disk.ts';
import { Bench } from '../keeping.ts';

/** Fails the next batch: before anything of it is written, or after all of it is. */
function failNextWrite(when: 'before' | 'after'): void {
  const { batch } = ClassicLevel.prototype;
  ClassicLevel.prototype.batch = function (this: ClassicLevel, ...args: never[]) {
    const chain = Reflect.apply(batch, this, args);
    if (args.length > 0) return chain;
    ClassicLevel.prototype.batch = batch;
    const write = chain.write.bind(chain);
    chain.write = async (options: never) => {
      if (when === 'after') await write(options);
      else await chain.close();
      throw new Error('IO error: the disk is full');
    };
    return chain;
  } as typeof batch;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('not within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('ledger: disk, after a failed write', () => {
  let root: string;
  let directory: string;
  let lines: { level: number; msg: string }[];
  let reopened: Base[];
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ledger-reopen-'));
  });
  beforeEach(() => {
    directory = mkdtempSync(join(root, 'folder-'));
    lines = [];
    reopened = [];
  });
  afterEach(async () => {
    for (const bench of opened.splice(0)) await bench.ledger.close();
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const opened: Bench[] = [];
  const open = async (at: string): Promise<Bench> => {
    const onReopen = (base: Base) => void reopened.push(base);
    const bench = await Bench.open({
      open: (setting) =>
        DiskLedger.open({ directory: at, log, onReopen, reopenMs: 20, watchMs: 20, batchEveryMs: 0, ...setting }),
    });
    opened.push(bench);
    return bench;
  };
  const failed = async (bench: Bench, key: string, when: 'before' | 'after') => {
    failNextWrite(when);
    const reason = await bench.apply(key).catch((error) => error.reason);
    expect(reason).to.equal('ledger_unavailable');
  };
  /** Puts something else where the ledger lies, while it is closed to be opened again. */
  const replaced = async (bench: Bench, replace: () => void) => {
    const { close } = ClassicLevel.prototype;
    ClassicLevel.prototype.close = async function (this: ClassicLevel) {
      await close.call(this);
      ClassicLevel.prototype.close = close;
      replace();
    };
    await failed(bench, 'b', 'before');
  };

  it('takes callbacks again, and counts once what is sent again', async () => {
    const bench = await open(directory);
    await bench.apply('a');
    await failed(bench, 'b', 'before');
    await until(() => bench.ledger.unavailable() === undefined);
    expect([await bench.apply('a'), await bench.apply('b')]).to.deep.equal(['duplicate', 'accepted']);
    expect(bench.total('sent')).to.equal(2);
    await bench.ledger.close();
    expect(readdirSync(directory)).to.not.include('probe');
  });

  it('shows what was on disk after all, although it was reported as failed', async () => {
    const bench = await open(directory);
    await failed(bench, 'a', 'after');
    await until(() => bench.ledger.unavailable() === undefined);
    expect(await bench.apply('a')).to.equal('duplicate');
    expect(bench.total('sent')).to.equal(1);
    // The series is new to the instruments, which must be told of it.
    expect(reopened.map(({ totals }) => [...totals.values()])).to.deep.equal([[{ sum: 1 }]]);
    await bench.ledger.close();
  });

  /** In one step: the ledger looks for it all the time. */
  const restore = (aside: string) => {
    if (existsSync(directory)) renameSync(directory, mkdtempSync(join(root, 'wrong-')));
    renameSync(aside, directory);
  };

  const REPLACEMENTS: readonly (readonly [name: string, replace: () => void, told: RegExp])[] = [
    ['the folder is empty, as when a volume went away', () => empty(), /holds no ledger any more/],
    ['the folder is gone', () => rmSync(directory, { recursive: true }), /holds no ledger any more/],
    ['another ledger lies there', () => cpSync(join(root, 'other'), emptied(), { recursive: true }), /another one/],
    ['an older copy lies there', () => cpSync(join(root, 'copy'), emptied(), { recursive: true }), /lacks callbacks/],
    ['its file CURRENT is gone', () => rmSync(join(directory, 'CURRENT')), /CURRENT is missing.*--ledger-recreate/],
  ];
  const empty = () => {
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
  };
  const emptied = () => {
    empty();
    return directory;
  };
  for (const [name, replace, told] of REPLACEMENTS) {
    it(`${name}: accepts nothing until the right one is back, and says why once`, async () => {
      const [aside, copy] = [join(root, 'aside'), join(root, 'copy')];
      for (const folder of [aside, copy, join(root, 'other')]) rmSync(folder, { recursive: true, force: true });
      const other = await open(join(root, 'other'));
      await other.ledger.close();
      const bench = await open(directory);
      cpSync(directory, copy, { recursive: true, filter: (source) => !source.endsWith('LOCK') });
      await bench.apply('a');
      await replaced(bench, () => {
        cpSync(directory, aside, { recursive: true });
        replace();
      });
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(bench.ledger.unavailable()).to.be.a('string');
      expect(await bench.apply('c').catch((error) => error.reason)).to.equal('ledger_unavailable');
      const errors = lines.filter(({ level, msg }) => level === 50 && !msg.includes('a write failed'));
      expect(errors.map(({ msg }) => msg).join('\n')).to.match(told);
      expect(errors.map(({ msg }) => msg)).to.have.length(1);
      restore(aside);
      await until(() => bench.ledger.unavailable() === undefined);
      expect([await bench.apply('a'), await bench.apply('b')]).to.deep.equal(['duplicate', 'accepted']);
      expect(bench.total('sent')).to.equal(2);
      await bench.ledger.close();
    });
  }

  const replacedByAnother = () => {
    renameSync(directory, mkdtempSync(join(root, 'moved-')));
    cpSync(join(root, 'other'), directory, { recursive: true });
  };
  const removeLogs = () => {
    for (const name of readdirSync(directory)) if (/^\d+\.log$/.test(name)) rmSync(join(directory, name));
  };
  for (const [name, vanish] of [
    ['its folder is deleted', () => rmSync(directory, { recursive: true })],
    ['its folder is emptied', empty],
    ['its write-ahead log is deleted', removeLogs],
    ['its folder is moved, and another one lies there', replacedByAnother],
  ] as const) {
    it(`acknowledges nothing once ${name} under it, and goes on when it is back`, async () => {
      const [aside, other] = [join(root, 'aside'), join(root, 'other')];
      for (const folder of [aside, other]) rmSync(folder, { recursive: true, force: true });
      await (await open(other)).ledger.close();
      const bench = await open(directory);
      await bench.apply('a');
      cpSync(directory, aside, { recursive: true });
      vanish();
      // What is looked for once in a while only.
      if (vanish === removeLogs) await new Promise((resolve) => setTimeout(resolve, 60));
      expect(await bench.apply('b').catch((error) => error.reason)).to.equal('ledger_unavailable');
      await until(() => /cannot be used/.test(bench.ledger.unavailable() ?? ''));
      restore(aside);
      await until(() => bench.ledger.unavailable() === undefined);
      expect([await bench.apply('a'), await bench.apply('b')]).to.deep.equal(['duplicate', 'accepted']);
      await bench.ledger.close();
    });
  }

  it('notices a folder that is gone without being asked to write', async () => {
    const bench = await open(directory);
    rmSync(directory, { recursive: true });
    await until(() => bench.ledger.unavailable() !== undefined);
    await bench.ledger.close();
  });

  it('notices a write-ahead log that is gone while it is never at rest', async () => {
    const bench = await open(directory);
    removeLogs();
    let sent = 0;
    const reasons = await Promise.all(
      Array.from({ length: 4 }, async () => {
        // Each comes while the one before it is written.
        while (sent < 100_000) {
          const reason = await bench.apply(`busy-${sent++}`).catch((error) => error.reason);
          if (reason !== 'accepted') return reason;
        }
      }),
    );
    expect(reasons).to.deep.equal(Array(4).fill('ledger_unavailable'));
    await bench.ledger.close();
  });

  it('closes what it is about to open: the folder is free afterwards', async () => {
    const bench = await open(directory);
    await failed(bench, 'a', 'before');
    await bench.ledger.close();
    const again = await open(directory);
    expect(await again.apply('a')).to.equal('accepted');
    await again.ledger.close();
  });

  it('names what keeps a record from being read, and takes the others', async () => {
    const bench = await open(directory);
    for (const key of ['a', 'b']) await bench.apply(key);
    const { get, getMany } = ClassicLevel.prototype;
    const fail = () => Promise.reject(Object.assign(new Error('IO error'), { code: 'LEVEL_IO_ERROR' }));
    Object.assign(ClassicLevel.prototype, { get: fail, getMany: fail });
    const [known, fresh] = await Promise.allSettled([bench.apply('a'), bench.apply('c')]);
    Object.assign(ClassicLevel.prototype, { get, getMany });
    expect(known).to.have.nested.property('reason.detail', 'a record cannot be read: LEVEL_IO_ERROR');
    expect(fresh).to.include({ value: 'accepted' });
    expect(await bench.apply('a')).to.equal('duplicate');
    await bench.ledger.close();
  });
});
