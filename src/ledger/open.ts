import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Ledger, OnCommit } from './ledger.ts';
import { MemoryLedger } from './memory.ts';

export interface OpenOptions {
  readonly config: Config;
  /** Made-up counts of a trial must not stay when the real token comes: they have a place of their own. */
  readonly trial: boolean;
  readonly clock: Clock;
  readonly onCommit: OnCommit;
}

/** The keeping that `receivers.twilio.storage` names. */
export async function openLedger({ config, clock, onCommit }: OpenOptions): Promise<Ledger> {
  const { memory } = config.extensions;
  return new MemoryLedger({ windowMs: memory.window, maxEntries: memory.max_entries, clock, onCommit });
}

/** Where the ledger on disk lies. */
export const ledgerDirectory = (config: Config, trial: boolean): string => {
  const { directory } = config.extensions.file_storage;
  return trial ? join(directory, 'trial') : directory;
};

/** How long a callback is remembered. */
export const windowMs = (config: Config): number => config.extensions[config.receivers.twilio.storage].window;
