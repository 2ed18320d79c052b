import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptValue, META, unseal } from '../codec.ts';
import { type LogRecord, readLog } from '../leveldb/log-reader.ts';
import { describeFlaw, type LiveFiles, liveFiles } from '../leveldb/manifest.ts';
import { Reader } from '../leveldb/reader.ts';
import { damagedTable, unsoundAt } from './table-check.ts';

/**
 * What is wrong with the files of a database, in words; `undefined` when they are sound. It only reads: LevelDB itself
 * repairs what it finds by dropping it, and the start that follows would find nothing.
 */
export function findDamage(directory: string): string | undefined {
  const found = look(directory);
  // A database that is in use meanwhile changes under the eye: only what is seen twice is damage.
  return found === undefined || look(directory) === undefined ? undefined : found;
}

function look(directory: string): string | undefined {
  const live = liveFiles(directory);
  if (live.flaw) return live.flaw;
  const names = readdirSync(directory);
  const numbers = new Set(
    names.filter((name) => /^\d+\.(?:ldb|sst)$/.test(name)).map((name) => Number.parseInt(name, 10)),
  );
  for (const number of live.tables.keys()) if (!numbers.has(number)) return `its table ${number} is missing`;
  const table = damagedTable(directory, live);
  return table
    ? describeTable(directory, table, live.tables.get(Number.parseInt(table, 10)))
    : damagedLog(directory, names, live);
}

function describeTable(directory: string, name: string, size: number | undefined): string {
  const table = readFileSync(join(directory, name));
  const at = unsoundAt(table);
  return at === undefined
    ? `${name} has ${table.length} bytes and not the ${size} that were written`
    : `${name} at byte ${at}: a block does not hold its checksum`;
}

/** The logs are one chain: each batch carries the number of its first change, and how many it holds. */
function damagedLog(directory: string, names: readonly string[], live: Readonly<LiveFiles>): string | undefined {
  const logs = names
    .filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) >= live.log)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  if (live.log > 0 && (logs.length === 0 || Number.parseInt(logs[0]!, 10) !== live.log))
    return 'its write-ahead log is missing';
  let next: number | undefined;
  for (const name of logs) {
    const { records, flaw } = readLog(readFileSync(join(directory, name)), endsLedgerBatch);
    if (flaw) return describeFlaw(name, records.length, flaw);
    for (const [i, record] of records.entries()) {
      const batch = batchOf(record);
      const follows = next === undefined ? fits(batch.sequence, live) : batch.sequence === next;
      if (follows && batch.count >= 0) next = batch.sequence + batch.count;
      else
        return describeFlaw(name, i, {
          offset: record.offset,
          what: 'a batch does not follow on the one before it',
          behind: records.length - i - 1,
        });
    }
  }
  return undefined;
}

const fits = (sequence: number, { log, logAfter, logUpTo }: Readonly<LiveFiles>): boolean =>
  log === 0 || (sequence > logAfter && sequence <= logUpTo + 1);

const BATCH_HEADER = 12;

function batchOf({ payload }: LogRecord): { readonly sequence: number; readonly count: number } {
  if (payload.length < BATCH_HEADER) return { sequence: -1, count: -1 };
  return { sequence: Number(payload.readBigUInt64LE(0)), count: payload.readUInt32LE(8) };
}

/** True when the bytes end with the counts, which are the last that a batch of the ledger writes: it was there whole. */
export function endsLedgerBatch(tail: Buffer): boolean {
  const key = tail.lastIndexOf(META.counts, undefined, 'latin1');
  if (key < 0) return false;
  try {
    const reader = new Reader(tail, key + META.counts.length);
    const length = reader.varint();
    if (reader.at + length !== tail.length) return false;
    unseal(META.counts, tail.subarray(reader.at));
    return true;
  } catch (error) {
    if (error instanceof CorruptValue || error instanceof RangeError) return false;
    throw error;
  }
}
