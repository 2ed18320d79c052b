import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MARK } from './mark.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OWN = /^(?:CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(?:ldb|sst|log|dbtmp))$/;
const BESIDE = /^(?:trial|probe|restoring|set-aside-.*)$/;

/**
 * Lets only the agent's own user read the ledger, which holds SIDs. What LevelDB creates later gets its mode from the
 * umask, which the command line sets. A folder that others use too keeps its mode, and what belongs to another user, as
 * on a volume that a group owns, keeps its own.
 */
export function closeToOthers(directory: string): void {
  const names = readdirSync(directory);
  const own = names.filter((name) => OWN.test(name) || name === MARK);
  for (const name of own) change(join(directory, name), FILE_MODE);
  const shared = names.some((name) => !own.includes(name) && !BESIDE.test(name));
  if (!shared) change(directory, FOLDER_MODE);
}

function change(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A compaction may remove a file meanwhile.
    if (code !== 'EPERM' && code !== 'ENOENT' && code !== 'EROFS') throw error;
  }
}
