import { type CountedEvent, countedFamily } from './counted.ts';
import { PRODUCT_ROWS } from './events/products.ts';
import type { EventRow } from './events/row.ts';
import { VOICE_ROWS } from './events/voice.ts';
import type { Family } from './family.ts';

/** Every kind of callback that only counts distinct events. A new one is a row in a file beside these, and nothing else. */
export const EVENT_ROWS: readonly EventRow[] = [...VOICE_ROWS, ...PRODUCT_ROWS];

/** The family of each row, by its name. Events that also count elsewhere are not recounted there: not all of them do. */
export const EVENT_FAMILIES: ReadonlyMap<string, Family<CountedEvent>> = new Map(
  EVENT_ROWS.map(({ name, counts }) => [name, countedFamily(name, counts)]),
);
