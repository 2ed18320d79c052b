import type { LedgerRecord } from '../../record.ts';
import { keyOfRecord, unseal } from '../codec.ts';
import type { Level } from '../leveldb/level.ts';
import { decodeRecord } from '../record-codec.ts';

const CHUNK = 500;

/** What reading the ledger found so far. */
export interface Scrubbed {
  readonly records: number;
  readonly damaged: number;
}

/**
 * Reads every value as it was when the walk began: its checksum must hold, and a look-up by its key must find it too
 * (a damaged filter hides values from look-ups only). Yields after each chunk, so that the caller sets the pace.
 */
export async function* scrub(
  level: Level,
  each: (key: string, record: LedgerRecord, stored: string) => void = () => {},
): AsyncGenerator<Scrubbed> {
  const snapshot = level.snapshot();
  const iterator = level.iterator({ snapshot });
  let records = 0;
  let damaged = 0;
  try {
    for (;;) {
      const chunk = await iterator.nextv(CHUNK);
      if (chunk.length === 0) return;
      const found = await level.getMany(
        chunk.map(([key]) => key),
        { snapshot },
      );
      chunk.forEach(([stored, value], i) => {
        if (found[i] === undefined) damaged++;
        try {
          const key = keyOfRecord(stored);
          if (key === undefined) unseal(stored, value);
          else {
            records++;
            each(key, decodeRecord(stored, value), stored);
          }
        } catch {
          damaged++;
        }
      });
      yield { records, damaged };
    }
  } finally {
    await iterator.close();
    await snapshot.close();
  }
}
