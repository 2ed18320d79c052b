import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import type { BookRules } from '../book.ts';
import { encodeText, PREFIX } from './codec.ts';
import { lockId } from './leveldb/files.ts';
import { type Level, openLevel, readFailure } from './leveldb/level.ts';
import { gone, StorageError } from './leveldb/storage-error.ts';
import { loadState, type State } from './state.ts';

const PROBE_BYTES = 65_536;

export interface Reopening {
  readonly directory: string;
  /** What this process last knew to be durable. */
  readonly before: State;
  readonly books: readonly BookRules[] | undefined;
  readonly nowMs: () => number;
  readonly log: Logger;
  readonly everyMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Called where waiting does not help: somebody must do something. */
  readonly onLasting: () => void;
}

/** The database, which one it is, and what it holds. */
export interface Opened {
  readonly level: Level;
  readonly lock: string | undefined;
  readonly state: State;
}

const EVERY_MS = 500;
/** Where somebody must do something first, so many times less often: each try reads all the tables. */
const LASTING = 8;

/** Tries again and again to open the database of a ledger whose handle is dead; `undefined` once that is aborted. */
export async function reopen(options: Reopening): Promise<Opened | undefined> {
  const { nowMs, log, everyMs = EVERY_MS, signal, onLasting } = options;
  const told = new Set<string>();
  while (!signal.aborted) {
    let pauseMs = everyMs;
    try {
      return await openAgain(options, nowMs());
    } catch (error) {
      const { message } = error as Error;
      const lasting = error instanceof StorageError;
      if (lasting) {
        onLasting();
        pauseMs *= LASTING;
      }
      log[lasting && !told.has(message) ? 'error' : 'debug'](lasting ? message : `ledger: still unusable: ${message}`);
      told.add(message);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/**
 * Opens it as soon as it can be written again, and reads its state back. It must be the same ledger and hold all that was
 * acknowledged: a volume that went away leaves an empty folder, or an older copy, in its place.
 */
async function openAgain({ directory, before, books }: Reopening, nowMs: number): Promise<Opened> {
  await probeFolder(directory);
  const level = await openLevel(directory, { mustExist: true });
  const lock = lockId(directory);
  try {
    await probe(level);
    const state = await loadState(level, nowMs, books);
    if (state.instanceId !== before.instanceId) throw changed(directory, 'it is another one than this process opened');
    if (state.sequence < before.sequence) throw changed(directory, 'it lacks callbacks that were acknowledged');
    return { level, lock, state };
  } catch (error) {
    await level.close();
    throw readFailure(directory, error as Error);
  }
}

const changed = (directory: string, what: string): StorageError =>
  new StorageError(`ledger: ${directory} has changed: ${what}: bring the right one back, or restart to go on with it`);

/** Before all the tables of the database are read again: as long as this fails the rest would too. */
async function probeFolder(directory: string): Promise<void> {
  if (!existsSync(directory)) throw gone(directory);
  const file = join(directory, 'probe');
  try {
    await writeFile(file, Buffer.alloc(PROBE_BYTES));
  } finally {
    await rm(file, { force: true });
  }
}

/** A disk that opens a database may still have no room for what comes next. */
async function probe(level: Level): Promise<void> {
  const key = `${PREFIX.meta}probe`;
  await level.put(key, encodeText(key, ' '.repeat(PROBE_BYTES)), { sync: true });
  await level.del(key, { sync: true });
}
