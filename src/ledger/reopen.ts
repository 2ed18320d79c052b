import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeText, PREFIX } from './codec.ts';
import { type Level, openLevel, readFailure, StorageError } from './level.ts';
import { loadState, type State } from './state.ts';

const PROBE_BYTES = 65_536;

/**
 * Opens the database of a ledger whose handle is dead, as soon as it can be written again, and reads its state back.
 * Throws until then; with a `StorageError` where waiting does not help. It must be the same ledger and hold all that
 * was acknowledged: a volume that went away leaves an empty folder, or an older copy, in its place.
 */
export async function reopen(
  directory: string,
  before: State,
  nowMs: number,
): Promise<{ readonly level: Level; readonly state: State }> {
  await probeFolder(directory);
  const level = await openLevel(directory, { mustExist: true });
  try {
    await probe(level);
    const state = await loadState(level, nowMs);
    if (state.instanceId !== before.instanceId) throw changed(directory, 'it is another one than this process opened');
    if (state.sequence < before.sequence) throw changed(directory, 'it lacks callbacks that were acknowledged');
    return { level, state };
  } catch (error) {
    await level.close();
    throw readFailure(directory, error as Error);
  }
}

const changed = (directory: string, what: string): StorageError =>
  new StorageError(`ledger: ${directory} has changed: ${what}: bring the right one back, or restart to go on with it`);

/** Before all the tables of the database are read again: as long as this fails the rest would too. */
async function probeFolder(directory: string): Promise<void> {
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
