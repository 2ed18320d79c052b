import type { Increment } from '../../../instrumentation/increments.ts';
import type { Total } from '../../../instrumentation/totals.ts';
import { encodeTotal, META, PREFIX } from './codec.ts';
import type { Level } from './leveldb/level.ts';
import { encodeCounts, type State } from './state.ts';
import { Tally } from './tally.ts';

/** What totals of an older version lack and what follows from them; nothing once it is there. */
export type Inherit = (totals: ReadonlyMap<string, Total>) => readonly Increment[];

/** Writes what the totals lack, before anything is counted: it is part of what the ledger held when this process began. */
export async function addInherited(level: Level, before: State, inherit: Inherit): Promise<State> {
  const tally = new Tally(before);
  for (const increment of inherit(before.totals)) tally.count(increment);
  if (tally.newSeries === 0) return before;
  const state = { ...before, series: before.series + tally.newSeries };
  const puts = [...tally.totals()].map(([id, total]) => {
    const key = `${PREFIX.total}${id}`;
    return { type: 'put' as const, key, value: encodeTotal(key, total) };
  });
  await level.batch([...puts, { type: 'put', key: META.counts, value: encodeCounts(state) }], { sync: true });
  tally.settle();
  return state;
}
