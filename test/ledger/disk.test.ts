import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { DiskLedger } from '../../src/ledger/disk.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { ledgerContract } from './contract.ts';
import type { Setting } from './keeping.ts';

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
    const ledger = await DiskLedger.open({ directory, log, ...setting });
    folders.set(ledger, directory);
    return ledger;
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
