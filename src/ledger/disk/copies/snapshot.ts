import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { endsLedgerBatch } from '../check/log-check.ts';
import { type EndsWhole, readLog } from '../leveldb/log-reader.ts';
import { filesOf, type Manifest, readManifest } from '../leveldb/manifest.ts';
import { StorageError } from '../leveldb/storage-error.ts';

/** Each try takes a few ms, and only a compaction that ends within them asks for another. */
const TRIES = 100;
const PIECE_BYTES = 1_048_576;

/**
 * Copies a database as it was at one moment, also one that another process has open and writes to: the copy holds all that
 * was synced before the call, and nothing half. Whether what it copied is sound is for whoever opens the copy.
 *
 * LevelDB never changes a table, and only appends to its manifest and its logs; it deletes a file only after the manifest
 * says that the file is needed no longer. So the files are opened that the manifest names, and where it still reads the
 * same after that, none of them had been deleted before it was open; what is deleted later stays whole while it is open. A
 * log is complete before the next one begins, and their sizes are read after their names: no log ends short of one that
 * follows it.
 */
export function copySnapshot(directory: string, target: string): void {
  for (let i = 0; i < TRIES; i++) {
    const manifest = ifThere(() => readManifest(directory));
    if (!manifest) continue;
    const files = openFiles(directory, manifest);
    try {
      if (isStill(directory, manifest)) {
        copyFiles(files, manifest, target);
        return;
      }
    } finally {
      for (const { file } of files) closeSync(file);
    }
  }
  throw new StorageError(`ledger: ${directory} has no moment at which its files stand still: try again`);
}

interface OpenFile {
  readonly name: string;
  readonly file: number;
}

/** Opens the tables and logs that a manifest needs, but for those that are not there. */
function openFiles(directory: string, manifest: Manifest): OpenFile[] {
  const { tables, log } = filesOf(manifest);
  const needed = (name: string) => {
    const number = Number.parseInt(name, 10);
    return /\.log$/.test(name) ? number >= log : /\.(?:ldb|sst)$/.test(name) && tables.has(number);
  };
  const files: OpenFile[] = [];
  for (const name of readdirSync(directory).filter((each) => /^\d+\./.test(each) && needed(each))) {
    const file = ifThere(() => openSync(join(directory, name), 'r'));
    if (file !== undefined) files.push({ name, file });
  }
  return files;
}

function isStill(directory: string, { current, name, bytes }: Manifest): boolean {
  const now = ifThere(() => readManifest(directory).current);
  const size = name ? ifThere(() => statSync(join(directory, name)).size) : undefined;
  return now === current && size === bytes?.length;
}

function copyFiles(files: readonly OpenFile[], { current, name, bytes }: Manifest, target: string): void {
  for (const { name, file } of files) {
    if (/\.log$/.test(name)) write(join(target, name), [wholeRecords(readFileSync(file), endsLedgerBatch)]);
    else write(join(target, name), pieces(file));
  }
  if (name && bytes) write(join(target, name), [wholeRecords(bytes)]);
  write(join(target, 'CURRENT'), [Buffer.from(current, 'latin1')]);
}

/** Without what was being written at its end; a log that is damaged stays as it is. */
function wholeRecords(log: Buffer, endsWhole?: EndsWhole): Buffer {
  const { end, flaw } = readLog(log, endsWhole);
  return flaw ? log : log.subarray(0, end);
}

/** A file up to the size that it has now, in pieces of the same memory. */
function* pieces(file: number): Generator<Buffer> {
  const { size } = fstatSync(file);
  const buffer = Buffer.allocUnsafe(Math.min(size, PIECE_BYTES));
  for (let at = 0; at < size; ) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, size - at), at);
    if (read === 0) return;
    yield buffer.subarray(0, read);
    at += read;
  }
}

function write(path: string, content: Iterable<Buffer>): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const piece of content) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    // Each file for itself: the syncs of an agent on the same disk must not wait for all of them at once.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** LevelDB may have deleted what was there a moment ago. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
