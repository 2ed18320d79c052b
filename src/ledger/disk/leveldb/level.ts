import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { findDamage } from '../check/damage.ts';
import { CorruptValue, decodeText, FORMAT, PREFIX, UPGRADING } from '../codec.ts';
import { leaveMark, readMark } from './mark.ts';
import { closeToOthers } from './modes.ts';

export type Level = ClassicLevel<string, Buffer>;

/** The storage cannot be used as it is. The process ends with this code, because a restart would not help. */
export class StorageError extends Error {
  readonly exitCode = 78;
  /** True for a ledger that nobody uses and this version cannot use: it may be set aside for a new one. */
  readonly mayBeSetAside: boolean;

  constructor(message: string, { mayBeSetAside = false } = {}) {
    super(message);
    this.mayBeSetAside = mayBeSetAside;
  }
}

/** Keys are bytes: a text with a character for each is the handiest form of them. */
export const BYTES = {
  name: 'latin1',
  format: 'buffer' as const,
  encode: (key: string): Buffer => Buffer.from(key, 'latin1'),
  decode: (key: Buffer): string => key.toString('latin1'),
};

const LEVEL_FILE = /^(?:CURRENT|LOCK|LOG|LOG\.old|DAMAGED|MANIFEST-\d+|\d+\.(?:ldb|sst|log|dbtmp))$/;
const LEVEL_DATA = /^\d+\.(?:ldb|sst|log)$/;

/** The names of LevelDB's files in a folder, and of what lies there with them. */
export const levelFiles = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory).filter((name) => LEVEL_FILE.test(name)) : [];

/** True when a folder has files of a database, whole or not. */
export const holdsLedger = (directory: string): boolean =>
  levelFiles(directory).some((name) => name === 'CURRENT' || LEVEL_DATA.test(name));

/**
 * Opens the ledger's database, or creates it in a folder that holds none, unless it `mustExist`.
 *
 * LevelDB opens a damaged database without a word, with records gone; so all its files are read before it may write,
 * creation is never left to it, and what it writes into its own log is read. Each start on a damaged database ends with
 * the same `StorageError` and changes no byte of it.
 */
export async function openLevel(directory: string, { mustExist = false } = {}): Promise<Level> {
  const exists = checkFolder(directory);
  if (mustExist && !exists) throw gone(directory);
  if (exists) refuseDamage(directory);
  const level: Level = new ClassicLevel(directory, {
    createIfMissing: !exists,
    keyEncoding: BYTES,
    valueEncoding: 'buffer',
    // Compressed blocks could not be checked before LevelDB reads them.
    compression: false,
    // Larger than LevelDB's defaults: random keys would otherwise be rewritten more often than needed.
    writeBufferSize: 16 * 1_048_576,
    maxFileSize: 8 * 1_048_576,
    cacheSize: 16 * 1_048_576,
  });
  try {
    await level.open();
  } catch (error) {
    throw openFailure(directory, error as Error & { cause?: Error & { code?: string } });
  }
  try {
    checkLog(directory);
    closeToOthers(directory);
    await checkFormat(level, directory);
  } catch (error) {
    await level.close();
    throw readFailure(directory, error as Error);
  }
  return level;
}

function refuseDamage(directory: string): void {
  const mark = readMark(directory);
  if (mark !== undefined) throw damaged(directory, mark);
  const damage = findDamage(directory);
  if (damage === undefined) return;
  if (isLocked(directory)) throw inUse(directory);
  throw damaged(directory, damage);
}

/** What was found in an open database, so that the next start finds it too. */
function foundOpen(directory: string, what: string): StorageError {
  leaveMark(directory, what);
  return damaged(directory, what);
}

const ADVICE = 'repair it, or start with --ledger-recreate to move it aside and begin at zero';

const damaged = (directory: string, what: string): StorageError =>
  new StorageError(`ledger: ${directory} is damaged: ${what}: ${ADVICE}`, { mayBeSetAside: true });

/** Where a ledger was, there is none. */
export const gone = (directory: string): StorageError =>
  new StorageError(`ledger: ${directory} holds no ledger any more: bring it back; a restart would begin at zero`);

const inUse = (directory: string): StorageError =>
  new StorageError(`ledger: ${directory} is in use by another agent: stop it, or set STORAGE_DIR`);

/** True when a ledger is there. */
function checkFolder(directory: string): boolean {
  try {
    makeFolder(resolve(directory));
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StorageError(
      `ledger: ${directory} cannot be used (${code}): set STORAGE_DIR to a folder that this user may write`,
    );
  }
  const files = levelFiles(directory);
  if (files.includes('CURRENT')) return true;
  if (files.some((name) => LEVEL_DATA.test(name))) {
    throw damaged(directory, 'its file CURRENT is missing');
  }
  return false;
}

/** Node's own recursive way never ends where the system refuses folders with ENOENT, as in /proc. */
function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  makeFolder(dirname(directory));
  mkdirSync(directory);
}

function openFailure(directory: string, error: Error & { cause?: Error & { code?: string } }): Error {
  const { cause } = error;
  if (cause?.code === 'LEVEL_LOCKED') return inUse(directory);
  const text = cause?.message ?? error.message;
  // A full disk passes; what is wrong with the files stays wrong.
  if (/No space left|ENOSPC|Too many open files|Input\/output error/i.test(text)) {
    return new Error(`ledger: ${directory} cannot be opened: ${text}`);
  }
  const what = text.split('\n')[0]!;
  return /Corruption/.test(text) ? foundOpen(directory, what) : damaged(directory, what);
}

/** LevelDB drops what it cannot read of its write-ahead log and says so only here. */
function checkLog(directory: string): void {
  const log = join(directory, 'LOG');
  if (!existsSync(log)) return;
  const line = readFileSync(log, 'utf8')
    .split('\n')
    .find((each) => /: dropping \d+ bytes|ignoring error/i.test(each));
  if (line) throw foundOpen(directory, 'its log lost records');
}

/** Formats that a start of the agent brings to this one. */
const UPGRADABLE = ['1', '2', UPGRADING];

async function checkFormat(level: Level, directory: string): Promise<void> {
  const key = `${PREFIX.meta}format`;
  const version = await level.get(key);
  if (version === undefined) {
    const [any] = await level.keys({ limit: 1 }).all();
    if (any === undefined) return;
    throw new StorageError(
      `ledger: ${directory} holds a database that is not a ledger: set STORAGE_DIR to another folder`,
    );
  }
  const found = decodeText(key, version);
  if (found === FORMAT || UPGRADABLE.includes(found)) return;
  throw new StorageError(
    `ledger: ${directory} has format ${/^\d{1,6}$/.test(found) ? found : 'unknown'} and this version reads format ${FORMAT}: run the version of the agent that wrote it`,
    { mayBeSetAside: true },
  );
}

/** An error of reading as what it means at start: damage stays, everything else may pass. */
export function readFailure(directory: string, error: Error & { code?: string }): Error {
  const corrupt =
    error instanceof CorruptValue || /LEVEL_CORRUPTION/.test(error.code ?? '') || /Corruption/.test(error.message);
  return corrupt ? foundOpen(directory, error.message.replace(/^Corruption: /, '')) : error;
}

/** Moves a ledger's files into a folder beside them, named by the time; deletes nothing. Returns that folder. */
export async function setAside(directory: string, nowMs: number): Promise<string> {
  await checkUnused(directory);
  const files = levelFiles(directory);
  const aside = join(directory, `set-aside-${new Date(nowMs).toISOString().replaceAll(':', '-')}`);
  mkdirSync(aside);
  for (const name of files) renameSync(join(directory, name), join(aside, name));
  return aside;
}

/** LevelDB takes its lock before it looks at what is there, and goes no further when it may not open that. */
async function checkUnused(directory: string): Promise<void> {
  const probe = new ClassicLevel(directory, { createIfMissing: false, errorIfExists: true });
  try {
    await probe.open();
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED') throw inUse(directory);
  } finally {
    await probe.close();
  }
}

/** True when any write-ahead log is there: a running LevelDB always has one. */
export const hasAnyLog = (directory: string): boolean => levelFiles(directory).some((name) => /^\d+\.log$/.test(name));

/** True when a process holds LevelDB's lock, as far as this system tells without taking it. */
function isLocked(directory: string): boolean {
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
