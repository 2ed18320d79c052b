import type { MetricKey } from '../../../../instrumentation/metrics.ts';
import { METRICS } from '../../../../instrumentation/metrics.ts';
import type { Total } from '../../../../instrumentation/totals.ts';
import { type BookRules, OpenBook } from '../../book.ts';
import type { ShortKey } from '../../keys.ts';
import type { LedgerRecord } from '../../record.ts';
import { nameOf } from '../../series-counts.ts';
import { CorruptValue, FORMAT } from '../codec.ts';
import { holdsLedger, isLocked, levelFiles, sizeOnDisk } from '../leveldb/files.ts';
import { insideLevel, type Level } from '../leveldb/level.ts';
import { readMark } from '../leveldb/mark.ts';
import { noLedger, running } from '../leveldb/storage-error.ts';
import { loadState } from '../state.ts';
import { allDamage } from './damage.ts';
import { type Scrubbed, scrub } from './scrub.ts';

/** What families know of a record. */
export interface Families {
  /** What one record once added to the totals, by metric, from the statuses that were seen. */
  readonly recount: (key: ShortKey, record: LedgerRecord) => Partial<Record<MetricKey, number>>;
  /** What of the records is open. */
  readonly books: readonly BookRules[];
}

/** Opens a stopped ledger for looking at it; it must exist. Throws a `StorageError` where it is damaged. */
function withLevel<T>(directory: string, look: (level: Level) => Promise<T>): Promise<T> {
  if (!levelFiles(directory).includes('CURRENT')) throw noLedger(directory);
  if (isLocked(directory)) throw running(directory);
  return insideLevel(directory, look);
}

/** Entries, window, size and versions, one fact a line. */
export function ledgerStats(directory: string, nowMs: number, books: readonly BookRules[] = []): Promise<string> {
  return withLevel(directory, async (level) => {
    const state = await loadState(level, nowMs, books);
    const facts: [string, string][] = [
      ['directory', directory],
      ['format', FORMAT],
      ['instance', state.instanceId],
      ['counting since', new Date(state.startTimeMs).toISOString()],
      ['entries', String(state.entries)],
      ...state.book.names.map((name): [string, string] => [`${name}s in flight`, String(sum(state.book.count(name)))]),
      ['entries dropped', String(state.dropped)],
      ['oldest entry since', state.entries === 0 ? 'none' : new Date(state.generations.openedMs).toISOString()],
      ['dropped before their time up to', state.forgottenMs ? new Date(state.forgottenMs).toISOString() : 'none'],
      ['series', String(state.totals.size)],
      ['batches', String(state.sequence)],
      ['bytes', String(sizeOnDisk(directory))],
    ];
    return facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  });
}

/** Every problem that reading the whole ledger finds; none when it is sound. Damaged files are all named, and left alone. */
export async function verifyLedger(directory: string, nowMs: number, families: Families): Promise<string[]> {
  if (!holdsLedger(directory)) throw noLedger(directory);
  if (isLocked(directory)) throw running(directory);
  const mark = readMark(directory);
  const damage = allDamage(directory);
  if (mark === undefined) return damage.length > 0 ? damage : verifyValues(directory, nowMs, families);
  const told = `its file DAMAGED says what was found while it was open: ${mark}`;
  return [
    told,
    ...(damage.length > 0 ? damage : ['all its files hold their checksums: delete DAMAGED to have the values read']),
  ];
}

function verifyValues(directory: string, nowMs: number, { recount, books }: Families): Promise<string[]> {
  return withLevel(directory, async (level) => {
    const problems: string[] = [];
    const state = await loadState(level, nowMs, books).catch((error: Error) => {
      if (!(error instanceof CorruptValue)) throw error;
      problems.push(error.message);
    });
    const counted = new Map<string, number>();
    let found: Scrubbed = { records: 0, damaged: 0 };
    let hidden = 0;
    const fromRecords = new OpenBook(books);
    fromRecords.restore([], state?.book.closed() ?? []);
    const moves = fromRecords.begin(0);
    const each = (key: ShortKey, record: LedgerRecord, stored: string) => {
      addAll(counted, recount(key, record));
      moves.move(key, undefined, record);
      if (state && !state.generations.candidates(key).includes(stored)) hidden++;
    };
    for await (const progress of scrub(level, each)) found = progress;
    if (found.damaged > 0) problems.push(`${found.damaged} values are damaged`);
    if (hidden > 0) problems.push(`${hidden} records are hidden from look-ups: their callbacks would count again`);
    if (!state) return problems;
    if (found.records !== state.entries)
      problems.push(`${found.records} records are there, ${state.entries} were written`);
    for (const [name, count] of counted) {
      const total = sumOfSeries(state.totals, name);
      // Records expire and totals stay, so without expiry both are equal, with it the totals are larger.
      const good = state.dropped === 0 ? total === count : total >= count;
      if (!good) problems.push(`${name}: the total is ${total}, the records say ${count}`);
    }
    moves.settle();
    return [...problems, ...differences(state.book, fromRecords)];
  });
}

/** Where the open book is not what the records say. */
function differences(book: OpenBook, fromRecords: OpenBook): string[] {
  const pages = new Map<string, { kept?: string; scanned?: string }>();
  const note = (of: OpenBook, as: 'kept' | 'scanned') => {
    for (const { book: name, minute, phases } of of.pages()) {
      const key = `${name} of ${new Date(minute * 60_000).toISOString()}`;
      pages.set(key, { ...pages.get(key), [as]: phases.join(' ') });
    }
  };
  note(book, 'kept');
  note(fromRecords, 'scanned');
  return [...pages]
    .filter(([, { kept, scanned }]) => kept !== scanned)
    .map(([name, { kept = 0, scanned = 0 }]) => `open book, ${name}: it holds ${kept}, the records say ${scanned}`);
}

function addAll(counted: Map<string, number>, more: Partial<Record<MetricKey, number>>): void {
  for (const [metric, count] of Object.entries(more)) {
    const { name } = METRICS[metric as MetricKey];
    counted.set(name, (counted.get(name) ?? 0) + count);
  }
}

function sumOfSeries(totals: ReadonlyMap<string, Total>, name: string): number {
  let sum = 0;
  for (const [id, total] of totals) if (nameOf(id) === name) sum += 'count' in total ? total.count : total.sum;
  return sum;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
