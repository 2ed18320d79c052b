import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { maskedChecksum } from '../leveldb/checksum.ts';
import { type LiveFiles, liveFiles } from '../leveldb/manifest.ts';
import { Reader } from '../leveldb/reader.ts';

/**
 * Checks LevelDB's table files block by block before LevelDB reads them: it verifies no checksum of a table itself,
 * answers a flipped byte with wrong data, and ends the whole process on some of them.
 *
 * Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
export function damagedTable(
  directory: string,
  { tables }: Readonly<LiveFiles> = liveFiles(directory),
): string | undefined {
  const readTable = tableReader();
  return readdirSync(directory)
    .filter((name) => /^\d+\.(?:ldb|sst)$/.test(name) && tables.has(Number.parseInt(name, 10)))
    .find((name) => {
      const table = readTable(join(directory, name));
      return table.length !== tables.get(Number.parseInt(name, 10)) || !isSound(table);
    });
}

/** Reads one table at a time into the same buffer: a start must not take the size of the ledger in memory. */
function tableReader(): (path: string) => Buffer {
  let buffer = Buffer.alloc(0);
  return (path) => {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
      let read = 0;
      for (let got = -1; read < size && got !== 0; read += got) got = readSync(file, buffer, read, size - read, read);
      return buffer.subarray(0, read);
    } finally {
      closeSync(file);
    }
  };
}

const FOOTER_SIZE = 48;
const TRAILER_SIZE = 5;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** True when every byte of a table lies in a block whose checksum holds. */
export const isSound = (table: Buffer): boolean => unsoundAt(table) === undefined;

/** Where the first block begins whose checksum does not hold, or that is not where it should be. */
export function unsoundAt(table: Buffer): number | undefined {
  const footer = table.length - FOOTER_SIZE;
  if (footer < 0 || !table.subarray(-MAGIC.length).equals(MAGIC)) return Math.max(0, footer);
  let end = 0;
  try {
    const reader = new Reader(table, footer);
    const metaIndex = handle(reader);
    const index = handle(reader);
    for (const each of [metaIndex, index]) if (!checksumHolds(table, each)) return Math.min(each.offset, footer);
    const handles = [...entries(table, metaIndex), ...entries(table, index), metaIndex, index];
    handles.sort((a, b) => a.offset - b.offset);
    for (const handle of handles) {
      if (handle.offset !== end || !checksumHolds(table, handle)) return end;
      end += handle.size + TRAILER_SIZE;
    }
    return end === footer ? undefined : end;
  } catch (error) {
    if (error instanceof RangeError) return end;
    throw error;
  }
}

function checksumHolds(table: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1;
  // A block that is compressed could not be walked; this ledger writes none.
  if (table[end - 1] !== 0) return false;
  return table.readUInt32LE(end) === maskedChecksum(table.subarray(offset, end));
}

/** The handles that the entries of an index block hold. */
function* entries(table: Buffer, { offset, size }: Handle): Iterable<Handle> {
  const restarts = table.readUInt32LE(offset + size - 4);
  const end = offset + size - 4 - restarts * 4;
  const reader = new Reader(table, offset);
  while (reader.at < end) {
    reader.varint();
    const unshared = reader.varint();
    const length = reader.varint();
    const next = reader.at + unshared + length;
    reader.at += unshared;
    yield handle(reader);
    reader.at = next;
  }
}

const handle = (reader: Reader): Handle => ({ offset: reader.varint(), size: reader.varint() });
