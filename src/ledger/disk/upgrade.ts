import { decodeText, encodeFilter, encodeText, endOf, FORMAT, filterKey, LEGACY, META, recordPrefix } from './codec.ts';
import { KeyFilter } from './generations/filter.ts';
import { Generations, generation } from './generations/generations.ts';
import { filterOf } from './generations/load-generations.ts';
import type { Level } from './leveldb/level.ts';

/** Format 1 had an index by age: the time, in twelve hexadecimal digits, stood behind the prefix. */
const INDEX = 'x:';
const INDEX_RANGE = { gt: INDEX, lt: endOf(INDEX) };
const indexTime = (storedKey: string): number => Number.parseInt(storedKey.slice(2, 14), 16);

/**
 * Brings a ledger of format 1 to this one: its records stay where they are and become the first generation. May be
 * broken off anywhere and begun again. Returns true when there was something to do.
 */
export async function upgrade(level: Level, nowMs: number): Promise<boolean> {
  const version = await level.get(META.format);
  if (version === undefined || decodeText(META.format, version) === FORMAT) return false;
  const [first] = await level.keys({ ...INDEX_RANGE, limit: 1 }).all();
  const [last] = await level.keys({ ...INDEX_RANGE, limit: 1, reverse: true }).all();
  const lastAtMs = last === undefined ? nowMs : indexTime(last);
  const filter = await filterOf(level, recordPrefix(LEGACY));
  await level.clear(INDEX_RANGE);
  const generations = new Generations([
    generation(LEGACY, first === undefined ? nowMs : indexTime(first), lastAtMs, filter),
    generation(LEGACY + 1, nowMs, nowMs, new KeyFilter()),
  ]);
  const put = (key: string, value: Buffer) => ({ type: 'put' as const, key, value });
  await level.batch(
    [
      put(filterKey(LEGACY), encodeFilter(filterKey(LEGACY), filter)),
      put(META.generations, generations.encode()),
      put(META.format, encodeText(META.format, FORMAT)),
    ],
    { sync: true },
  );
  return true;
}
