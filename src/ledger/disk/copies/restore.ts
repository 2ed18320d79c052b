import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findDamage } from '../check/damage.ts';
import { encodeText, META } from '../codec.ts';
import { holdsLedger } from '../leveldb/files.ts';
import { readMark } from '../leveldb/mark.ts';
import { setAside } from '../leveldb/set-aside.ts';
import { StorageError } from '../leveldb/storage-error.ts';
import { copySnapshot } from './snapshot.ts';
import { insideCopy, moveIn, readCopy } from './staging.ts';

export interface Restored {
  readonly instanceId: string;
  /** Since when the restored totals count: that of the backup, because they hold all that was counted since. */
  readonly startTimeMs: number;
  /** Where the ledger went that lay there before. */
  readonly aside: string | undefined;
}

/**
 * Puts a copy of a backup where the ledger lies, under a new instance: its totals are lower than what was exported of the
 * old one, so they must not go on under its name. The backup stays as it is. Nothing that lies there is touched before
 * the copy is whole and was read. Throws a `StorageError` where the backup is damaged, or a ledger lies there that
 * `setsAside` does not allow to move, or that is in use.
 */
export async function restoreLedger(
  backup: string,
  directory: string,
  nowMs: number,
  { setsAside = false } = {},
): Promise<Restored> {
  if (resolve(backup) === resolve(directory) || !holdsLedger(backup)) {
    throw new StorageError(`ledger: ${backup} is no backup: name a folder that "ledger backup" made`);
  }
  const damage = readMark(backup) ?? findDamage(backup);
  if (damage) throw new StorageError(`ledger: ${backup} is damaged and cannot be restored: ${damage}`);
  if (holdsLedger(directory) && !setsAside) {
    throw new StorageError(`ledger: ${directory} holds a ledger: --set-aside moves it aside first`);
  }
  const staging = join(directory, 'restoring');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  try {
    copySnapshot(backup, staging);
    const renamed = await rename(staging, backup, nowMs);
    const aside = holdsLedger(directory) ? await setAside(directory, nowMs) : undefined;
    moveIn(staging, directory);
    return { ...renamed, aside };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Reads the copy as a start does, and gives it another instance. */
const rename = (staging: string, backup: string, nowMs: number): Promise<Omit<Restored, 'aside'>> =>
  insideCopy(staging, backup, async (level) => {
    const { startTimeMs } = await readCopy(level, nowMs);
    const instanceId = randomUUID();
    await level.put(META.instance, encodeText(META.instance, instanceId), { sync: true });
    return { instanceId, startTimeMs };
  });
