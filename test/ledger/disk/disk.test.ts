import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import pino from 'pino';
import { recordPrefix } from '../../../src/ledger/disk/codec.ts';
import { DiskLedger } from '../../../src/ledger/disk/disk.ts';
import { BYTES } from '../../../src/ledger/disk/leveldb/level.ts';
import { shortKey } from '../../../src/ledger/keys.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { ledgerContract } from '../contract.ts';
import { Bench, type Setting } from '../keeping.ts';

const log = pino({ level: 'silent' });

describe('ledger: disk', () => {
  const folders = new Map<Ledger, string>();
  const abandoned: Ledger[] = [];
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  after(async () => {
    for (const ledger of abandoned) await ledger.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function open(directory: string, setting: Setting): Promise<Ledger> {
    const ledger = await DiskLedger.open({ directory, log, batchEveryMs: 0, ...setting });
    folders.set(ledger, directory);
    return ledger;
  }

  it('refuses the one callback whose record is not what was written, and takes the others', async () => {
    const directory = mkdtempSync(join(root, 'damaged-'));
    const bench = await Bench.open({ open: (setting) => open(directory, setting) });
    for (const key of ['a', 'b']) await bench.apply(key);
    await bench.ledger.close();
    const options = { keyEncoding: BYTES, valueEncoding: 'buffer', compression: false } as const;
    const level = new ClassicLevel<string, Buffer>(directory, options);
    await level.put(recordPrefix(1) + shortKey('message:a'), Buffer.alloc(21, 7));
    await level.close();
    const again = await Bench.open({ open: (setting) => open(directory, setting) });
    const [refused, known, fresh] = await Promise.allSettled([again.apply('a'), again.apply('b'), again.apply('c')]);
    expect(refused).to.have.nested.property('reason.reason', 'ledger_unavailable');
    expect(known).to.include({ value: 'duplicate' });
    expect(fresh).to.include({ value: 'accepted' });
    await again.ledger.close();
    // What was found while it ran is there for the starts that follow.
    for (let i = 0; i < 2; i++) {
      const told = await Bench.open({ open: (setting) => open(directory, setting) }).catch((error) => error.message);
      expect(told).to.be.a('string').that.includes('is damaged: a record cannot be read');
    }
  });

  for (const name of ['counts', 'instance', 'start']) {
    it(`refuses a ledger that has lost its ${name}, instead of beginning at zero`, async () => {
      const directory = mkdtempSync(join(root, 'headless-'));
      const bench = await Bench.open({ open: (setting) => open(directory, setting) });
      await bench.apply('a');
      await bench.ledger.close();
      const level = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer', compression: false });
      await level.del(`m:${name}`);
      await level.close();
      const message = await Bench.open({ open: (setting) => open(directory, setting) }).catch((error) => error.message);
      expect(message).to.be.a('string').that.includes('is damaged');
    });
  }

  ledgerContract(
    {
      open: (setting) => open(mkdtempSync(join(root, 'new-')), setting),
      restart: async (ledger, setting) => {
        await ledger.close();
        return open(folders.get(ledger)!, setting);
      },
      // What is on disk at this moment, without anything that closing would write.
      crash: async (ledger, setting) => {
        const copy = mkdtempSync(join(root, 'crash-'));
        cpSync(folders.get(ledger)!, copy, { recursive: true, filter: (source) => !source.endsWith('LOCK') });
        abandoned.push(ledger);
        return open(copy, setting);
      },
    },
    { runs: 40 },
  );
});
