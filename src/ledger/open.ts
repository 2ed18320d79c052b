import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { DiskLedger } from './disk.ts';
import type { Ledger, OnCommit } from './ledger.ts';
import { setAside } from './level.ts';
import { MemoryLedger } from './memory.ts';

export interface OpenOptions {
  readonly config: Config;
  /** Made-up counts of a trial must not stay when the real token comes: they have a place of their own. */
  readonly trial: boolean;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onCommit: OnCommit;
  readonly onBatch: (durationMs: number, changes: number) => void;
}

/** The keeping that `receivers.twilio.storage` names. Throws a `StorageError` where it cannot be used. */
export async function openLedger(options: OpenOptions): Promise<Ledger> {
  const { config, trial, recreate, ...rest } = options;
  const { memory, file_storage } = config.extensions;
  if (config.receivers.twilio.storage === 'memory') {
    return new MemoryLedger({ windowMs: memory.window, maxEntries: memory.max_entries, ...rest });
  }
  const directory = ledgerDirectory(config, trial);
  const aside = recreate ? setAside(directory, rest.clock.wallMs()) : undefined;
  if (aside) rest.log.warn(`ledger: moved the old one to ${aside}; it begins at zero`);
  return DiskLedger.open({ directory, windowMs: file_storage.window, maxEntries: file_storage.max_entries, ...rest });
}

/** Where the ledger on disk lies. */
export const ledgerDirectory = (config: Config, trial: boolean): string => {
  const { directory } = config.extensions.file_storage;
  return trial ? join(directory, 'trial') : directory;
};

const FORGETS = 'a restart forgets all totals and what was counted already, so a late copy counts again';

/** What the keeping promises, in words. */
export const describeLedger = (config: Config): string =>
  config.receivers.twilio.storage === 'memory'
    ? `memory: ${FORGETS}`
    : 'on disk: what is counted is durable before Twilio is answered';

/** How long a callback is remembered. */
export const windowMs = (config: Config): number => config.extensions[config.receivers.twilio.storage].window;
