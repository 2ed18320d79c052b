import { CorruptValue, decodeFilter, endOf, filterKey, recordPrefix } from '../codec.ts';
import type { Level } from '../leveldb/level.ts';
import { hashKey, KeyFilter } from './filter.ts';
import { decodeGenerations, Generations, generation } from './generations.ts';

/** The current generation's filter is made anew from its keys: it was not written while it grew. */
export async function loadGenerations(level: Level, lines: Buffer, lastAtMs: number): Promise<Generations> {
  const all = decodeGenerations(lines);
  const [currentId, openedMs] = all.pop()!;
  const keys = all.map(([id]) => filterKey(id));
  const filters = await level.getMany(keys);
  const closed = all.map(([id, opened, last], i) => {
    const filter = filters[i];
    if (!filter) throw new CorruptValue('the filter of a generation is missing');
    return generation(id, opened, last, decodeFilter(keys[i]!, filter));
  });
  return new Generations([
    ...closed,
    generation(currentId, openedMs, lastAtMs, await filterOf(level, recordPrefix(currentId))),
  ]);
}

const KEYS_AT_ONCE = 1_000;

/** A filter of all keys that begin with a prefix. */
export async function filterOf(level: Level, prefix: string): Promise<KeyFilter> {
  const filter = new KeyFilter();
  const keys = level.keys({ gte: prefix, lt: endOf(prefix) });
  try {
    for (;;) {
      const stored = await keys.nextv(KEYS_AT_ONCE);
      if (stored.length === 0) return filter;
      for (const key of stored) filter.add(hashKey(key.slice(prefix.length)));
    }
  } finally {
    await keys.close();
  }
}
