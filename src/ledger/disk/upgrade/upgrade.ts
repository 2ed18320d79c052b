import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../log.ts';
import { type BookRules, OpenBook } from '../../book.ts';
import { shortKey } from '../../keys.ts';
import { encodeClosed, encodePage, isEmpty, pageKey } from '../book-codec.ts';
import {
  CorruptValue,
  decodeText,
  encodeFilter,
  encodeText,
  FORMAT,
  filterKey,
  keyOfRecord,
  META,
  recordPrefix,
  UPGRADING,
} from '../codec.ts';
import { hashKey, KeyFilter } from '../generations/filter.ts';
import { decodeGenerations, Generations, generation } from '../generations/generations.ts';
import type { Level } from '../leveldb/level.ts';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { decodeCounts } from '../state.ts';
import { decodeOldRecord, INDEX, indexTime, OLD_RECORDS, oldKey, rangeOf } from './old-records.ts';

export interface UpgradeOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly books?: readonly BookRules[];
}

/** So many records are moved in one step: as many as are read at once. */
const CHUNK = 2_000;
const CHUNK_BYTES = 512 * 1_024;
const PROGRESS_MS = 5_000;

/**
 * Brings a ledger of format 1 or 2 to this one, in place. It may be broken off anywhere, by a kill too, and is begun again
 * at the next start: each step moves some records, and what is derived from all of them is made in the end, from all.
 */
export async function upgrade(level: Level, options: UpgradeOptions): Promise<void> {
  const version = await level.get(META.format);
  const found = version && decodeText(META.format, version);
  if (found === undefined || found === FORMAT) return;
  const { clock, log } = options;
  const startedMs = clock.monotonicMs();
  const counts = await level.get(META.counts);
  if (!counts) throw new CorruptValue('its head is missing');
  const { entries } = decodeCounts(counts);
  log.info(
    found === UPGRADING
      ? `ledger: an upgrade to format ${FORMAT} was interrupted and goes on; callbacks are accepted when it is done`
      : `ledger: upgrades ${entries} records from format ${found} to ${FORMAT}; callbacks are accepted when it is done`,
  );
  if (found === '1') await addGenerations(level, clock.wallMs());
  if (found !== UPGRADING) await level.put(META.format, encodeText(META.format, UPGRADING), { sync: true });
  await moveRecords(level, entries, options);
  await finish(level, entries, options);
  const seconds = ((clock.monotonicMs() - startedMs) / 1_000).toFixed(1);
  log.info(`ledger: upgraded to format ${FORMAT} in ${seconds} s`);
}

/** Format 1 had no generations: what it wrote becomes the first one, and its index by age goes. */
async function addGenerations(level: Level, nowMs: number): Promise<void> {
  if (await level.get(META.generations)) return level.clear(rangeOf(INDEX));
  const [first] = await level.keys({ ...rangeOf(INDEX), limit: 1 }).all();
  const [last] = await level.keys({ ...rangeOf(INDEX), limit: 1, reverse: true }).all();
  const none = new KeyFilter();
  const openedMs = first === undefined ? nowMs : indexTime(first);
  const lastAtMs = last === undefined ? nowMs : indexTime(last);
  const generations = new Generations([
    generation(0, openedMs, lastAtMs, none),
    generation(1, nowMs, nowMs, new KeyFilter()),
  ]);
  await level.batch([{ type: 'put', key: META.generations, value: generations.encode() }], { sync: true });
  await level.clear(rangeOf(INDEX));
}

/** Each step puts some records under their new keys and takes them from under the old ones, together. */
async function moveRecords(level: Level, entries: number, { clock, log }: UpgradeOptions): Promise<void> {
  let moved = 0;
  let toldMs = clock.monotonicMs();
  for (const range of OLD_RECORDS) {
    const iterator = level.iterator({ ...range, highWaterMarkBytes: CHUNK_BYTES });
    try {
      for (;;) {
        const chunk = await iterator.nextv(CHUNK);
        if (chunk.length === 0) break;
        const batch = level.batch();
        for (const [old, value] of chunk) {
          const { generation: id, key } = oldKey(old);
          const stored = recordPrefix(id) + shortKey(key);
          batch.put(stored, encodeRecord(stored, decodeOldRecord(old, value))).del(old);
        }
        await batch.write();
        moved += chunk.length;
        if (clock.monotonicMs() - toldMs < PROGRESS_MS) continue;
        toldMs = clock.monotonicMs();
        log.info(`ledger: upgrading: ${moved} of ${entries} records moved`);
      }
    } finally {
      await iterator.close();
    }
  }
}

/** Makes what is derived from the records, and says that the ledger is of this format: in one step. */
async function finish(level: Level, expected: number, { clock, books = [] }: UpgradeOptions): Promise<void> {
  const lines = await level.get(META.generations);
  if (!lines) throw new CorruptValue('its head is missing');
  const all = decodeGenerations(lines);
  const currentId = all.at(-1)![0];
  const book = new OpenBook(books);
  const batch = level.batch();
  let entries = 0;
  for (const [id] of all) {
    const filter = new KeyFilter();
    const moves = book.begin(clock.wallMs());
    const records = level.iterator({ ...rangeOf(recordPrefix(id)), highWaterMarkBytes: CHUNK_BYTES });
    for await (const [stored, value] of records) {
      const key = keyOfRecord(stored)!;
      filter.add(hashKey(key));
      moves.move(key, undefined, decodeRecord(stored, value));
    }
    moves.settle();
    entries += filter.size;
    if (id !== currentId) batch.put(filterKey(id), encodeFilter(filterKey(id), filter));
  }
  if (entries !== expected) throw new CorruptValue(`${entries} records are there, ${expected} were written`);
  for (const page of book.pages()) if (!isEmpty(page)) batch.put(pageKey(page), encodePage(pageKey(page), page));
  batch.put(META.closed, encodeClosed(book.closed()));
  batch.put(META.format, encodeText(META.format, FORMAT));
  await batch.write({ sync: true });
}
