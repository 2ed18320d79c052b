import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { holdsLedger, levelFiles, makeFolder, sizeOnDisk } from '../leveldb/files.ts';
import { readMark } from '../leveldb/mark.ts';
import { damaged, noLedger, StorageError } from '../leveldb/storage-error.ts';
import { copySnapshot } from './snapshot.ts';
import { insideCopy, moveIn, readCopy } from './staging.ts';

export interface Backup {
  /** How many records it holds. */
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Copies a ledger, also that of a running agent, which notices nothing of it, into a folder that is empty or not there. The
 * copy was opened and read as a start does before it lies there; until then, and when this is broken off, the folder
 * holds no backup. Throws a `StorageError` where the ledger is damaged or the folder cannot take it.
 */
export async function backupLedger(directory: string, target: string, nowMs: number): Promise<Backup> {
  refuse(directory, target);
  const staging = join(target, 'unfinished');
  const isNew = makeFolders(target, staging);
  try {
    copySnapshot(directory, staging);
    const { entries } = await insideCopy(staging, directory, (level) => readCopy(level, nowMs));
    moveIn(staging, target);
    return { entries, bytes: sizeOnDisk(target) };
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (isNew && readdirSync(target).length === 0) rmdirSync(target);
    throw error instanceof StorageError ? error : cannotTake(target, error as Error);
  }
}

function refuse(directory: string, target: string): void {
  if (!levelFiles(directory).includes('CURRENT')) {
    if (holdsLedger(directory)) throw damaged(directory, 'its file CURRENT is missing');
    throw noLedger(directory);
  }
  const mark = readMark(directory);
  if (mark !== undefined) throw damaged(directory, mark);
  const path = relative(realpathSync(directory), realPathOf(resolve(target)));
  if (path === '' || (!path.startsWith('..') && !isAbsolute(path))) {
    throw new StorageError(`ledger: ${target} lies in the ledger's own folder and would be lost with it: name another`);
  }
}

/** The path without links, as far as it is there. */
const realPathOf = (path: string): string =>
  existsSync(path) ? realpathSync(path) : join(realPathOf(dirname(path)), relative(dirname(path), path));

/** True when the target is a new folder. Two backups at once into one folder: the second finds that of the first. */
function makeFolders(target: string, staging: string): boolean {
  try {
    const isNew = !existsSync(target);
    makeFolder(resolve(target));
    const [found] = readdirSync(target);
    if (found !== undefined) throw notEmpty(target, existsSync(staging));
    mkdirSync(staging, { mode: 0o700 });
    return isNew;
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(staging)
      ? notEmpty(target, true)
      : cannotTake(target, error as Error);
  }
}

const notEmpty = (target: string, unfinished: boolean): StorageError =>
  new StorageError(
    unfinished
      ? `ledger: ${target} holds a backup that is being made or was broken off: name another folder, or remove it`
      : `ledger: ${target} is not empty: name a folder that is`,
  );

const cannotTake = (target: string, { message }: Error): StorageError =>
  new StorageError(`ledger: no backup was made in ${target}: ${message}`);
