import { readdirSync } from 'node:fs';
import { levelFiles } from '../leveldb/files.ts';
import { liveFiles } from '../leveldb/manifest.ts';
import { damagedLogs } from './log-check.ts';
import { damagedTables } from './table-check.ts';

/**
 * What is first found wrong with the files of a database, in words; `undefined` when they are sound. It only reads: LevelDB
 * itself repairs what it finds by dropping it, and the start that follows would find nothing.
 */
export function findDamage(directory: string): string | undefined {
  const [found] = look(directory);
  if (found === undefined) return undefined;
  // A database that is in use meanwhile changes under the eye: only what is seen twice is damage.
  const [again] = look(directory);
  return again === undefined ? undefined : found;
}

/** The same of each of the files. Where the manifest says nothing, those that lie there are read for themselves. */
export function allDamage(directory: string): string[] {
  const found = [...look(directory)];
  const again = found.length > 0 ? [...look(directory)] : [];
  return found.filter((each) => again.includes(each));
}

/** The files one after the other, so that whoever asks for the first finding reads no further. */
function* look(directory: string): Generator<string> {
  const names = readdirSync(directory);
  if (!levelFiles(directory).includes('CURRENT')) {
    yield 'its file CURRENT is missing';
    yield* damagedFiles(directory, names);
    return;
  }
  const live = liveFiles(directory);
  if (live.flaw) {
    yield live.flaw;
    yield* damagedFiles(directory, names);
    return;
  }
  yield* damagedTables(directory, names, live.tables);
  yield* damagedLogs(directory, names, live);
}

function* damagedFiles(directory: string, names: readonly string[]): Generator<string> {
  yield* damagedTables(directory, names, undefined);
  yield* damagedLogs(directory, names, undefined);
}
