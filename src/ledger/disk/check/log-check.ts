import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptValue, META, unseal } from '../codec.ts';
import { describeFlaw, type LogRecord, readLog } from '../leveldb/log-reader.ts';
import type { LiveFiles } from '../leveldb/manifest.ts';
import { Reader } from '../leveldb/reader.ts';

/**
 * What is wrong with the write-ahead logs. They are one chain: each batch carries the number of its first change, and how
 * many it holds. Without a manifest it is not known where the chain begins.
 */
export function* damagedLogs(
  directory: string,
  names: readonly string[],
  live: Readonly<LiveFiles> | undefined,
): Generator<string> {
  const number = (name: string) => Number.parseInt(name, 10);
  const logs = names
    .filter((name) => /^\d+\.log$/.test(name) && number(name) >= (live?.log ?? 0))
    .sort((a, b) => number(a) - number(b));
  if (live && live.log > 0 && (logs.length === 0 || number(logs[0]!) !== live.log)) {
    yield 'its write-ahead log is missing';
  }
  let follows = live ? fits(live) : ANY;
  for (const name of logs) {
    const { records, flaw } = readLog(readFileSync(join(directory, name)), endsLedgerBatch);
    const found = flaw ?? brokenChain(records, follows);
    if (found) yield describeFlaw(name, flaw ? records.length : records.length - found.behind - 1, found);
    const last = batchOf(records.at(-1));
    follows = found || !last ? ANY : (sequence) => sequence === last.sequence + last.count;
  }
}

/** True for the number of a batch that may be the next one. */
type Follows = (sequence: number) => boolean;

const ANY: Follows = () => true;

const fits =
  ({ log, logAfter, logUpTo }: Readonly<LiveFiles>): Follows =>
  (sequence) =>
    log === 0 || (sequence > logAfter && sequence <= logUpTo + 1);

function brokenChain(records: readonly LogRecord[], first: Follows) {
  let follows = first;
  for (const [i, record] of records.entries()) {
    const batch = batchOf(record);
    if (!batch || !follows(batch.sequence)) {
      const what = 'a batch does not follow on the one before it';
      return { offset: record.offset, what, behind: records.length - i - 1 };
    }
    follows = (sequence) => sequence === batch.sequence + batch.count;
  }
  return undefined;
}

const BATCH_HEADER = 12;

function batchOf(record: LogRecord | undefined): { readonly sequence: number; readonly count: number } | undefined {
  if (!record || record.payload.length < BATCH_HEADER) return undefined;
  return { sequence: Number(record.payload.readBigUInt64LE(0)), count: record.payload.readUInt32LE(8) };
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
