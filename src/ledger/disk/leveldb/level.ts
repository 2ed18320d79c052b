import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { findDamage } from '../check/damage.ts';
import { CorruptValue, decodeText, FORMAT, PREFIX, UPGRADING } from '../codec.ts';
import { holdsLedger, isLocked, levelFiles, makeFolder } from './files.ts';
import { leaveMark, readMark } from './mark.ts';
import { closeToOthers } from './modes.ts';
import { damaged, gone, inUse, StorageError } from './storage-error.ts';

export type Level = ClassicLevel<string, Buffer>;

/** Keys are bytes: a text with a character for each is the handiest form of them. */
export const BYTES = {
  name: 'latin1',
  format: 'buffer' as const,
  encode: (key: string): Buffer => Buffer.from(key, 'latin1'),
  decode: (key: Buffer): string => key.toString('latin1'),
};

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
  if (levelFiles(directory).includes('CURRENT')) return true;
  if (holdsLedger(directory)) throw damaged(directory, 'its file CURRENT is missing');
  return false;
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

/** Opens a ledger that lies there, looks at it, and closes it. Throws a `StorageError` where what it looks at is damaged. */
export async function insideLevel<T>(directory: string, look: (level: Level) => Promise<T>): Promise<T> {
  const level = await openLevel(directory, { mustExist: true });
  try {
    return await look(level);
  } catch (error) {
    throw readFailure(directory, error as Error);
  } finally {
    await level.close();
  }
}
