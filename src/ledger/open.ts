import { join } from 'node:path';
import type { Base } from '../../instrumentation/totals.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import type { BookRules } from './book.ts';
import { DiskLedger } from './disk/disk.ts';
import type { Inherit } from './disk/inherit.ts';
import { setAside } from './disk/leveldb/set-aside.ts';
import { StorageError } from './disk/leveldb/storage-error.ts';
import { AHEAD_MS, type Ledger, type OnCommit } from './ledger.ts';
import { MemoryLedger } from './memory/memory.ts';

export interface OpenOptions {
  readonly config: Config;
  /** Made-up counts of a trial must not stay when the real token comes: they have a place of their own. */
  readonly trial: boolean;
  /** Moves a ledger that cannot be used aside, and begins at zero. */
  readonly recreate: boolean;
  /** What of the records is open. */
  readonly books: readonly BookRules[];
  /** The most series that labels on request may bring a metric to, where there are any. */
  readonly maxSeries?: number | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly inherit: Inherit;
  readonly onCommit: OnCommit;
  readonly onBatch: (durationMs: number, changes: number) => void;
  readonly onReopen: (base: Base) => void;
}

/** The keeping that `receivers.twilio.storage` names. Throws a `StorageError` where it cannot be used. */
export async function openLedger(options: OpenOptions): Promise<Ledger> {
  const { config, trial, recreate, ...rest } = options;
  const { memory, file_storage } = config.extensions;
  if (config.receivers.twilio.storage === 'memory') {
    return new MemoryLedger({ ...keeping(memory), ...rest });
  }
  const directory = ledgerDirectory(config, trial);
  const open = () => DiskLedger.open({ directory, ...keeping(file_storage), ...rest });
  if (!recreate) return open();
  try {
    const ledger = await open();
    rest.log.warn('ledger: --ledger-recreate did nothing, because the ledger can be used: start without it');
    return ledger;
  } catch (error) {
    if (!(error instanceof StorageError && error.mayBeSetAside)) throw error;
    rest.log.warn(error.message);
    const aside = await setAside(directory, rest.clock.wallMs());
    rest.log.warn(`ledger: moved it to ${aside} and began at zero: start without --ledger-recreate from now on`);
    return open();
  }
}

const keeping = (settings: { readonly window: number; readonly max_entries: number }) => ({
  windowMs: settings.window,
  graceMs: AHEAD_MS,
  maxEntries: settings.max_entries,
});

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
