import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Reader } from './reader.ts';

const BLOCK_SIZE = 32_768;
const HEADER_SIZE = 7;
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

/** The files that a database consists of, by their numbers. */
export interface LiveFiles {
  /** A crash in the middle of a compaction leaves others beside them, half written, which LevelDB removes when it opens. */
  readonly tables: Set<number>;
  /** The oldest write-ahead log that it still needs; 0 while there is none. LevelDB opens without it and says nothing. */
  log: number;
}

/**
 * What the manifest says of a database. An unreadable one is left to LevelDB to refuse.
 *
 * Formats: https://github.com/google/leveldb/blob/main/doc/log_format.md and db/version_edit.cc
 */
export function liveFiles(directory: string): Readonly<LiveFiles> {
  const live: LiveFiles = { tables: new Set(), log: 0 };
  const current = readFileSync(join(directory, 'CURRENT'), 'latin1').trim();
  if (!/^MANIFEST-\d+$/.test(current)) return live;
  try {
    for (const edit of records(readFileSync(join(directory, current)))) apply(new Reader(edit, 0), edit.length, live);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof RangeError) && code !== 'ENOENT') throw error;
  }
  return live;
}

/** The records of a log: each is one fragment, or a first, middle ones and a last. Ends at a torn tail. */
function* records(log: Buffer): Iterable<Buffer> {
  let fragments: Buffer[] = [];
  let at = 0;
  while (at + HEADER_SIZE <= log.length) {
    const leftInBlock = BLOCK_SIZE - (at % BLOCK_SIZE);
    if (leftInBlock < HEADER_SIZE) {
      at += leftInBlock;
      continue;
    }
    const length = log.readUInt16LE(at + 4);
    const type = log.readUInt8(at + 6);
    const end = at + HEADER_SIZE + length;
    if (type < 1 || type > 4 || end > log.length) return;
    if (type === 1 || type === 2) fragments = [];
    fragments.push(log.subarray(at + HEADER_SIZE, end));
    if (type === 1 || type === 4) yield Buffer.concat(fragments);
    at = end;
  }
}

function apply(edit: Reader, end: number, live: LiveFiles): void {
  while (edit.at < end) {
    switch (edit.varint()) {
      case TAG.comparator:
        edit.bytes();
        break;
      case TAG.log:
        live.log = edit.varint();
        break;
      case TAG.nextFile:
      case TAG.lastSequence:
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
        live.tables.add(edit.varint());
        edit.varint();
        edit.bytes();
        edit.bytes();
        break;
      default:
        throw new RangeError('an edit of another version');
    }
  }
}
