import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFlaw, readLog } from './log-reader.ts';
import { Reader } from './reader.ts';

const TAG = {
  comparator: 1,
  log: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deleted: 6,
  added: 7,
  previousLog: 9,
};

/** What was written into a table, as the manifest knows it. */
export interface WrittenTable {
  readonly size: number;
  /** Its first key and its last, as they stand in it: with the number of the change that wrote them. */
  readonly smallest: Buffer;
  readonly largest: Buffer;
}

/** The files that a database consists of, by their numbers. */
export interface LiveFiles {
  /** A crash in the middle of a compaction leaves others beside them, which LevelDB removes when it opens. */
  readonly tables: Map<number, WrittenTable>;
  /** The oldest write-ahead log that it still needs; 0 while there is none. LevelDB opens without it and says nothing. */
  log: number;
  /** The first batch of that log has a number above the one and at most one above the other. */
  logAfter: number;
  logUpTo: number;
  lastSequence: number;
  /** What is wrong with the manifest itself, or with CURRENT, which names it. */
  flaw?: string;
}

/** A manifest as it was read; without a name where CURRENT names none, without bytes where it is missing. */
export interface Manifest {
  readonly current: string;
  readonly name?: string | undefined;
  readonly bytes?: Buffer | undefined;
}

export function readManifest(directory: string): Manifest {
  const current = readFileSync(join(directory, 'CURRENT'), 'latin1');
  const name = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
  if (!name || !existsSync(join(directory, name))) return { current, name };
  return { current, name, bytes: readFileSync(join(directory, name)) };
}

/**
 * What the manifest says of a database.
 *
 * Format: https://github.com/google/leveldb/blob/main/db/version_edit.cc
 */
export function liveFiles(directory: string): Readonly<LiveFiles> {
  return filesOf(readManifest(directory));
}

export function filesOf({ name, bytes }: Manifest): Readonly<LiveFiles> {
  const live: LiveFiles = { tables: new Map(), log: -1, logAfter: -1, logUpTo: -1, lastSequence: -1 };
  if (!name) return { ...live, flaw: 'CURRENT names no manifest' };
  if (!bytes) return { ...live, flaw: `${name} is missing` };
  const { records, flaw } = readLog(bytes);
  if (flaw) return { ...live, flaw: describeFlaw(name, records.length, flaw) };
  try {
    for (const { payload } of records) apply(new Reader(payload, 0), payload.length, live);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...live, flaw: `${name} holds what this version does not know` };
  }
  return live.log < 0 || live.lastSequence < 0 ? { ...live, flaw: `${name} is cut short` } : live;
}

function apply(edit: Reader, end: number, live: LiveFiles): void {
  const before = live.log;
  const sequenceBefore = live.logUpTo;
  while (edit.at < end) {
    switch (edit.varint()) {
      case TAG.comparator:
        edit.bytes();
        break;
      case TAG.log:
        live.log = edit.varint();
        break;
      case TAG.lastSequence:
        live.lastSequence = edit.varint();
        break;
      case TAG.nextFile:
      case TAG.previousLog:
        edit.varint();
        break;
      case TAG.compactPointer:
        edit.varint();
        edit.bytes();
        break;
      case TAG.deleted:
        edit.varint();
        live.tables.delete(edit.varint());
        break;
      case TAG.added:
        edit.varint();
        live.tables.set(edit.varint(), { size: edit.varint(), smallest: edit.bytes(), largest: edit.bytes() });
        break;
      default:
        throw new RangeError('an edit of another version');
    }
  }
  if (live.log === before) return;
  // The first log is new when it is named; a later one took batches while the one before it was written to a table.
  live.logAfter = before > 0 ? sequenceBefore : live.lastSequence;
  live.logUpTo = live.lastSequence;
}
