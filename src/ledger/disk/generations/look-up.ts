import type { LedgerRecord } from '../../record.ts';
import type { Level } from '../leveldb/level.ts';
import { decodeRecord } from '../record-codec.ts';
import type { Generations } from './generations.ts';

/** A record and the stored key under which it lies. */
export interface Found {
  readonly record: LedgerRecord;
  readonly stored: string;
}

/** What the ledger holds of some keys, and those whose record cannot be read, with the reason. */
export interface LookUp {
  readonly found: ReadonlyMap<string, Found>;
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Reads all in one go, and nothing when the filters know none of the keys. */
export async function lookUp(level: Level, generations: Generations, keys: Iterable<string>): Promise<LookUp> {
  const found = new Map<string, Found>();
  const unreadable = new Map<string, string>();
  const wanted: string[] = [];
  const stored: string[] = [];
  for (const key of keys) {
    for (const candidate of generations.candidates(key)) {
      wanted.push(key);
      stored.push(candidate);
    }
  }
  if (stored.length === 0) return { found, unreadable };
  const values = await level.getMany(stored).catch(() => readEach(level, stored));
  values.forEach((value, i) => {
    if (value === undefined) return;
    try {
      if (value instanceof Error) throw value;
      found.set(wanted[i]!, { record: decodeRecord(stored[i]!, value), stored: stored[i]! });
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      unreadable.set(wanted[i]!, code ?? message);
    }
  });
  return { found, unreadable };
}

/** One block that cannot be read must not take the whole batch with it. */
const readEach = (level: Level, keys: readonly string[]): Promise<(Buffer | undefined | Error)[]> =>
  Promise.all(keys.map((key) => level.get(key).catch((error: Error) => error)));
