import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { maskedChecksum } from '../leveldb/checksum.ts';
import type { WrittenTable } from '../leveldb/manifest.ts';
import { Reader } from '../leveldb/reader.ts';

/**
 * What is wrong with LevelDB's tables. Each is read block by block before LevelDB reads it: it verifies no checksum of a
 * table itself, answers a flipped byte with wrong data, and ends the whole process on some of them. Where the manifest
 * does not say what was written, each table is read for itself.
 *
 * Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
export function* damagedTables(
  directory: string,
  names: readonly string[],
  written: ReadonlyMap<number, WrittenTable> | undefined,
): Generator<string> {
  const tables = new Map(
    names.filter((name) => /^\d+\.(?:ldb|sst)$/.test(name)).map((name) => [Number.parseInt(name, 10), name]),
  );
  for (const number of written?.keys() ?? []) if (!tables.has(number)) yield `its table ${number} is missing`;
  const readTable = tableReader();
  for (const [number, name] of tables) {
    if (written && !written.has(number)) continue;
    const flaw = flawIn(readTable(join(directory, name)), written?.get(number));
    if (flaw) yield `${name} ${flaw}`;
  }
}

function flawIn(table: Buffer, written: WrittenTable | undefined): string | undefined {
  const at = unsoundAt(table);
  if (at !== undefined) return `at byte ${at}: a block does not hold its checksum`;
  if (!written) return undefined;
  if (table.length !== written.size) return `has ${table.length} bytes and not the ${written.size} that were written`;
  const { first, last } = keyRange(table);
  const isIt = first.equals(written.smallest) && last.equals(written.largest);
  return isIt ? undefined : 'holds other keys than were written: it is of another database, or of another time';
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
    const handles = [...handlesIn(table, metaIndex), ...handlesIn(table, index), metaIndex, index];
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

/** Where the parts of an entry lie. Its key begins with so many bytes of the key before it. */
interface Entry {
  readonly shared: number;
  readonly keyAt: number;
  readonly valueAt: number;
}

/** The entries of a block, from an offset in it at which a key stands in full. */
function* entriesOf(table: Buffer, { offset, size }: Handle, from = 0): Generator<Entry> {
  const restarts = table.readUInt32LE(offset + size - 4);
  const end = offset + size - 4 - restarts * 4;
  const reader = new Reader(table, offset + from);
  while (reader.at < end) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const length = reader.varint();
    const valueAt = reader.at + unshared;
    yield { shared, keyAt: reader.at, valueAt };
    reader.at = valueAt + length;
  }
}

/** The handles that an index block holds. */
function* handlesIn(table: Buffer, index: Handle): Generator<Handle> {
  for (const { valueAt } of entriesOf(table, index)) yield handle(new Reader(table, valueAt));
}

/** The first and the last key of a sound table. */
function keyRange(table: Buffer): { readonly first: Buffer; readonly last: Buffer } {
  const reader = new Reader(table, table.length - FOOTER_SIZE);
  handle(reader);
  const blocks = [...handlesIn(table, handle(reader))];
  const [first] = entriesOf(table, blocks[0]!);
  const last = blocks.at(-1)!;
  // Before the number of restarts stands the offset of the last one.
  const lastRestart = table.readUInt32LE(last.offset + last.size - 8);
  let key = Buffer.alloc(0);
  for (const { shared, keyAt, valueAt } of entriesOf(table, last, lastRestart)) {
    key = Buffer.concat([key.subarray(0, shared), table.subarray(keyAt, valueAt)]);
  }
  return { first: table.subarray(first!.keyAt, first!.valueAt), last: key };
}

const handle = (reader: Reader): Handle => ({ offset: reader.varint(), size: reader.varint() });
