import { maskedChecksum } from './checksum.ts';

const BLOCK_SIZE = 32_768;
const HEADER_SIZE = 7;
const SECTOR_SIZE = 512;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

export interface LogRecord {
  readonly offset: number;
  readonly payload: Buffer;
}

/** Where a log is damaged. */
export interface Flaw {
  readonly offset: number;
  readonly what: string;
  /** How many whole records lie behind it. */
  readonly behind: number;
}

/** Which file, where, and what lies around it. */
export const describeFlaw = (file: string, before: number, { offset, what, behind }: Flaw): string =>
  `${file} at byte ${offset}: ${what} (${before} whole records before it, ${behind} behind it)`;

export interface LogContent {
  /** Those before the flaw, or all of them. */
  readonly records: readonly LogRecord[];
  /** Where the last of them ends. */
  readonly end: number;
  readonly flaw?: Flaw;
}

/** True when the end of a record is the end of something that was written as one. */
export type EndsWhole = (tail: Buffer) => boolean;

/**
 * Reads a file in LevelDB's log format, which its write-ahead logs and its manifest have. LevelDB itself drops a bad
 * record with the rest of its block, and ends without a word at one that claims to be longer than the file.
 *
 * A record that a crash tore was never acknowledged, because each is synced before anybody is answered, and it can only
 * be the last one: the file ends inside of it, or holds zeros from a sector on, where its size was durable before its
 * bytes. This is no damage. Everything else is, also where a power cut could have caused it in theory: a last record of
 * full length with a wrong checksum is refused, because it may as well have been acknowledged and changed afterwards.
 *
 * Formats: https://github.com/google/leveldb/blob/main/doc/log_format.md and db/log_reader.cc
 */
export function readLog(log: Buffer, endsWhole: EndsWhole = () => false): LogContent {
  const records: LogRecord[] = [];
  let end = 0;
  let open: { readonly offset: number; readonly fragments: Buffer[] } | undefined;
  for (let at = skipTrailer(0); at < log.length; at = skipTrailer(at)) {
    const fragment = fragmentAt(log, at);
    if (!fragment) return content(records, end, flawAt(log, at, endsWhole));
    const begins = fragment.type === FULL || fragment.type === FIRST;
    if (begins === (open !== undefined)) {
      const what = begins ? 'a record lacks its end' : 'a record lacks its beginning';
      return content(records, end, { offset: open?.offset ?? at, what, behind: recordsFrom(log, at) });
    }
    open ??= { offset: at, fragments: [] };
    open.fragments.push(fragment.payload);
    at += HEADER_SIZE + fragment.payload.length;
    if (fragment.type === FULL || fragment.type === LAST) {
      records.push({ offset: open.offset, payload: joined(open.fragments) });
      open = undefined;
      end = at;
    }
  }
  return { records, end };
}

const joined = (fragments: readonly Buffer[]): Buffer =>
  fragments.length === 1 ? fragments[0]! : Buffer.concat(fragments);

const content = (records: readonly LogRecord[], end: number, flaw: Flaw | undefined): LogContent =>
  flaw ? { records, end, flaw } : { records, end };

/** A header never lies across two blocks. */
function skipTrailer(at: number): number {
  const left = BLOCK_SIZE - (at % BLOCK_SIZE);
  return left < HEADER_SIZE ? at + left : at;
}

const blockEnd = (at: number): number => at - (at % BLOCK_SIZE) + BLOCK_SIZE;

/** The fragment that begins there, `undefined` where no whole one does. */
function fragmentAt(log: Buffer, at: number): { readonly type: number; readonly payload: Buffer } | undefined {
  if (at + HEADER_SIZE > log.length) return undefined;
  const type = log[at + 6]!;
  const end = at + HEADER_SIZE + log.readUInt16LE(at + 4);
  if (type < FULL || type > LAST || end > Math.min(blockEnd(at), log.length)) return undefined;
  if (log.readUInt32LE(at) !== maskedChecksum(log.subarray(at + 6, end))) return undefined;
  return { type, payload: log.subarray(at + HEADER_SIZE, end) };
}

/** What is wrong where no whole fragment begins; `undefined` where a crash leaves the same. */
function flawAt(log: Buffer, at: number, endsWhole: EndsWhole): Flaw | undefined {
  const behind = recordsFrom(log, at + 1);
  if (behind > 0) return { offset: at, what: 'a record is not what was written', behind };
  if (endsInZeros(log, at) || at + HEADER_SIZE > log.length) return undefined;
  const type = log[at + 6]!;
  const end = at + HEADER_SIZE + log.readUInt16LE(at + 4);
  const isHeader = type >= FULL && type <= LAST && end <= blockEnd(at);
  const torn =
    isHeader &&
    end > log.length &&
    // The record is whole and only its length is wrong, or its end is there and something before it is wrong.
    log.readUInt32LE(at) !== maskedChecksum(log.subarray(at + 6)) &&
    !endsWhole(log.subarray(at));
  return torn ? undefined : { offset: at, what: 'the last record is not what was written', behind };
}

/** True when the file was made longer and what was to stand there never arrived. */
function endsInZeros(log: Buffer, from: number): boolean {
  let end = log.length;
  while (end > from && log[end - 1] === 0) end--;
  return end === from || Math.ceil(end / SECTOR_SIZE) * SECTOR_SIZE < log.length;
}

/** How many records begin at or behind an offset. Where the chain of lengths is broken each byte may be a beginning. */
function recordsFrom(log: Buffer, from: number): number {
  let count = 0;
  for (let at = from; at + HEADER_SIZE <= log.length; ) {
    const fragment = fragmentAt(log, at);
    if (!fragment) {
      at++;
      continue;
    }
    count++;
    at += HEADER_SIZE + fragment.payload.length;
  }
  return count;
}
