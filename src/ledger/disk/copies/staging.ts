import { closeSync, fsyncSync, openSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptValue, decodeText, FORMAT, META } from '../codec.ts';
import { levelFiles } from '../leveldb/files.ts';
import { insideLevel, type Level } from '../leveldb/level.ts';
import { StorageError } from '../leveldb/storage-error.ts';
import { decodeCounts, formatOf, loadState, type State } from '../state.ts';

/** Opens a copy as a start of the agent would. What is wrong with it is told of what it was copied from. */
export async function insideCopy<T>(copy: string, source: string, look: (level: Level) => Promise<T>): Promise<T> {
  try {
    return await insideLevel(copy, look);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    throw new StorageError(error.message.replaceAll(copy, source));
  }
}

/** Reads a copy as a start does; where its format is an older one, which a start upgrades, no more than its head. */
export async function readCopy(level: Level, nowMs: number): Promise<Pick<State, 'startTimeMs' | 'entries'>> {
  const format = await formatOf(level);
  if (format === undefined || format === FORMAT) return loadState(level, nowMs);
  const [start, counts] = await level.getMany([META.start, META.counts]);
  if (!start || !counts) throw new CorruptValue('its head is missing');
  return { startTimeMs: Number(decodeText(META.start, start)), entries: decodeCounts(counts).entries };
}

/** Moves a copy to where it belongs. CURRENT comes last: what is there without it is never taken for a whole ledger. */
export function moveIn(copy: string, directory: string): void {
  const names = levelFiles(copy);
  for (const name of names) sync(join(copy, name));
  for (const name of names.filter((each) => each !== 'CURRENT')) renameSync(join(copy, name), join(directory, name));
  sync(directory);
  renameSync(join(copy, 'CURRENT'), join(directory, 'CURRENT'));
  sync(directory);
  rmdirSync(copy);
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
