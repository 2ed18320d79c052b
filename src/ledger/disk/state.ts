import { randomUUID } from 'node:crypto';
import type { Total } from '../../../instrumentation/totals.ts';
import { type BookRules, OpenBook } from '../book.ts';
import { SeriesCounts } from '../series-counts.ts';
import { decodeClosed, readPages } from './book-codec.ts';
import { CorruptValue, decodeText, decodeTotal, encodeText, endOf, FORMAT, idOfTotal, META, PREFIX } from './codec.ts';
import { KeyFilter } from './generations/filter.ts';
import { Generations, generation } from './generations/generations.ts';
import { loadGenerations } from './generations/load-generations.ts';
import type { Level } from './leveldb/level.ts';
import { StorageError } from './leveldb/storage-error.ts';

/** The numbers that every batch writes anew. */
export interface Counts {
  readonly entries: number;
  /** Records that expired since the beginning: with none, totals and records must agree. */
  readonly dropped: number;
  /** Number of the next batch. */
  readonly sequence: number;
  /** How many totals there are. */
  readonly series: number;
  /** Age of the youngest record that went before its time, 0 when none did: what is younger is remembered. */
  readonly forgottenMs: number;
  /** When a record of the current generation was last touched, or it was opened. */
  readonly lastAtMs: number;
}

/**
 * What the ledger keeps in memory of what is on disk: everything but the records. Maps and generations change in place,
 * once a batch is durable.
 */
export interface State extends Counts {
  readonly instanceId: string;
  readonly startTimeMs: number;
  /** By series id. */
  readonly totals: Map<string, Total>;
  readonly seriesCounts: SeriesCounts;
  readonly generations: Generations;
  readonly book: OpenBook;
}

export const encodeCounts = ({ entries, dropped, sequence, series, forgottenMs, lastAtMs }: Counts): Buffer =>
  encodeText(META.counts, `${entries} ${dropped} ${sequence} ${series} ${forgottenMs} ${lastAtMs}`);

export function decodeCounts(bytes: Buffer): Counts {
  const numbers = decodeText(META.counts, bytes).split(' ').map(Number);
  const [entries = 0, dropped = 0, sequence = 0, series = 0, forgottenMs = 0, lastAtMs = 0] = numbers;
  return { entries, dropped, sequence, series, forgottenMs, lastAtMs };
}

const KEPT = [META.instance, META.start, META.counts, META.generations, META.closed];

/** Reads the state back, or writes a first one into an empty database. */
export async function loadState(level: Level, nowMs: number, books: readonly BookRules[] = []): Promise<State> {
  const [instance, start, written, generations, closed] = await level.getMany(KEPT);
  if (!instance || !start || !written) {
    if (instance || start || written || (await level.get(META.format))) throw new CorruptValue('its head is missing');
    return createState(level, nowMs, books);
  }
  if (!generations || (await formatOf(level)) !== FORMAT)
    throw new StorageError(`ledger: it has an older format: start the agent with it once, which upgrades it`);
  const counts = decodeCounts(written);
  const totals = new Map<string, Total>();
  const seriesCounts = new SeriesCounts();
  for await (const [key, value] of level.iterator({ gt: PREFIX.total, lt: endOf(PREFIX.total) })) {
    const id = idOfTotal(key);
    totals.set(id, decodeTotal(key, value));
    seriesCounts.add(id);
  }
  if (totals.size !== counts.series)
    throw new CorruptValue(`${totals.size} totals are there, ${counts.series} were written`);
  const book = new OpenBook(books);
  book.restore(await readPages(level), decodeClosed(closed));
  return {
    instanceId: decodeText(META.instance, instance),
    startTimeMs: Number(decodeText(META.start, start)),
    ...counts,
    totals,
    seriesCounts,
    generations: await loadGenerations(level, generations, counts.lastAtMs),
    book,
  };
}

/** Which version wrote it; `undefined` for a database that nothing was written to. */
export async function formatOf(level: Level): Promise<string | undefined> {
  const format = await level.get(META.format);
  return format && decodeText(META.format, format);
}

async function createState(level: Level, nowMs: number, books: readonly BookRules[]): Promise<State> {
  const state: State = {
    instanceId: randomUUID(),
    startTimeMs: nowMs,
    entries: 0,
    dropped: 0,
    sequence: 0,
    series: 0,
    forgottenMs: 0,
    lastAtMs: nowMs,
    totals: new Map(),
    seriesCounts: new SeriesCounts(),
    generations: new Generations([generation(1, nowMs, nowMs, new KeyFilter())]),
    book: new OpenBook(books),
  };
  const put = (key: string, text: string) => ({ type: 'put' as const, key, value: encodeText(key, text) });
  await level.batch(
    [
      put(META.format, FORMAT),
      put(META.instance, state.instanceId),
      put(META.start, String(nowMs)),
      { type: 'put', key: META.counts, value: encodeCounts(state) },
      { type: 'put', key: META.generations, value: state.generations.encode() },
    ],
    { sync: true },
  );
  return state;
}
