import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StorageError } from './storage-error.ts';

const LEVEL_FILE = /^(?:CURRENT|LOCK|LOG|LOG\.old|DAMAGED|MANIFEST-\d+|\d+\.(?:ldb|sst|log|dbtmp))$/;
const LEVEL_DATA = /^\d+\.(?:ldb|sst|log)$/;

/** The names of LevelDB's files in a folder, and of what lies there with them. */
export function levelFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => LEVEL_FILE.test(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code !== 'EACCES') throw error;
    throw new StorageError(`ledger: ${directory} cannot be read (EACCES): run this as the user of the agent`);
  }
}

/** True when a folder has files of a database, whole or not. */
export const holdsLedger = (directory: string): boolean =>
  levelFiles(directory).some((name) => name === 'CURRENT' || LEVEL_DATA.test(name));

/** True when any write-ahead log is there: a running LevelDB always has one. */
export const hasAnyLog = (directory: string): boolean => levelFiles(directory).some((name) => /^\d+\.log$/.test(name));

/** True when a process holds LevelDB's lock, as far as this system tells without taking it. */
export function isLocked(directory: string): boolean {
  try {
    const { ino } = statSync(join(directory, 'LOCK'));
    return readFileSync('/proc/locks', 'utf8').includes(`:${ino} `);
  } catch {
    return false;
  }
}

/** Which database lies there: the identity of its lock, `undefined` where none can be seen. */
export function lockId(directory: string): string | undefined {
  try {
    const { dev, ino } = statSync(join(directory, 'LOCK'));
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Bytes that the ledger takes on disk. */
export function sizeOnDisk(directory: string): number {
  let bytes = 0;
  for (const name of levelFiles(directory)) {
    try {
      bytes += statSync(join(directory, name)).size;
    } catch {
      // Compaction removed it meanwhile.
    }
  }
  return bytes;
}

/** Node's own recursive way never ends where the system refuses folders with ENOENT, as in /proc. */
export function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  makeFolder(dirname(directory));
  mkdirSync(directory);
}
