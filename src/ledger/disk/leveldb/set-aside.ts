import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { levelFiles } from './files.ts';
import { inUse } from './storage-error.ts';

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
