import { randomUUID } from 'node:crypto';
import type { Total } from '../../instrumentation/totals.ts';
import { CorruptValue, decodeText, decodeTotal, encodeText, endOf, FORMAT, PREFIX } from './codec.ts';
import type { Level } from './level.ts';

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
}

/** What the ledger keeps in memory of what is on disk: everything but the records. */
export interface State extends Counts {
  readonly instanceId: string;
  readonly startTimeMs: number;
  /** By series id. The one part that is changed in place, once a batch is durable. */
  readonly totals: Map<string, Total>;
  /** How many series each instrument has, by its name. */
  readonly seriesOf: Map<string, number>;
}

export const META = {
  format: `${PREFIX.meta}format`,
  instance: `${PREFIX.meta}instance`,
  start: `${PREFIX.meta}start`,
  counts: `${PREFIX.meta}counts`,
} as const;

export const encodeCounts = ({ entries, dropped, sequence, series, forgottenMs }: Counts): Buffer =>
  encodeText(META.counts, `${entries} ${dropped} ${sequence} ${series} ${forgottenMs}`);

/** Reads the state back, or writes a first one into an empty database. */
export async function loadState(level: Level, nowMs: number): Promise<State> {
  const [instance, start, counts] = await level.getMany([META.instance, META.start, META.counts]);
  if (!instance || !start || !counts) return createState(level, nowMs);
  const numbers = decodeText(META.counts, counts).split(' ').map(Number);
  const [entries = 0, dropped = 0, sequence = 0, series = 0, forgottenMs = 0] = numbers;
  const totals = new Map<string, Total>();
  const seriesOf = new Map<string, number>();
  for await (const [key, value] of level.iterator({ gt: PREFIX.total, lt: endOf(PREFIX.total) })) {
    const id = key.slice(PREFIX.total.length);
    totals.set(id, decodeTotal(key, value));
    const name = nameOf(id);
    seriesOf.set(name, (seriesOf.get(name) ?? 0) + 1);
  }
  if (totals.size !== series) throw new CorruptValue(`${totals.size} totals are there, ${series} were written`);
  return {
    instanceId: decodeText(META.instance, instance),
    startTimeMs: Number(decodeText(META.start, start)),
    entries,
    dropped,
    sequence,
    series,
    forgottenMs,
    totals,
    seriesOf,
  };
}

/** The instrument's name in a series id. */
export const nameOf = (id: string): string => id.replace(/\{.*$/s, '');

async function createState(level: Level, nowMs: number): Promise<State> {
  const state: State = {
    instanceId: randomUUID(),
    startTimeMs: nowMs,
    entries: 0,
    dropped: 0,
    sequence: 0,
    series: 0,
    forgottenMs: 0,
    totals: new Map(),
    seriesOf: new Map(),
  };
  const put = (key: string, text: string) => ({ type: 'put' as const, key, value: encodeText(key, text) });
  await level.batch(
    [
      put(META.format, FORMAT),
      put(META.instance, state.instanceId),
      put(META.start, String(nowMs)),
      { type: 'put', key: META.counts, value: encodeCounts(state) },
    ],
    { sync: true },
  );
  return state;
}
