import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lies beside LevelDB's files once damage was found in an open database. */
export const MARK = 'DAMAGED';

/** What was found damaged in an open database; every start refuses while it stands there. */
export function readMark(directory: string): string | undefined {
  const path = join(directory, MARK);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/**
 * Leaves a word for the starts that follow: LevelDB repairs an open database by dropping what it cannot read, and the
 * next start would find nothing. The first finding stays. A folder that cannot be written keeps its own error.
 */
export function leaveMark(directory: string, what: string): void {
  try {
    writeFileSync(join(directory, MARK), `${what}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch {
    // It stands there already, or the folder is gone or full: the finding itself is told all the same.
  }
}
