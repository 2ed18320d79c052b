import { type Increment, series } from '../../instrumentation/increments.ts';
import type { CounterKey } from '../../instrumentation/metrics.ts';
import { OTHER, UNKNOWN } from '../../instrumentation/requested.ts';
import type { AlsoCounted, EventRow } from '../families/events/row.ts';
import { EVENT_FAMILIES, EVENT_ROWS } from '../families/events.ts';
import { change } from '../families/family.ts';
import { reject } from '../rejection.ts';
import type { EventReading, FormFeed } from './feed.ts';
import { type IdentityReader, identityReader, labelReader, onceReader, timeParser } from './identity.ts';
import { misdirected } from './misdirected.ts';
import type { Fields } from './reading/fields.ts';

/** What one event changes, on whichever road its parameters come. Throws a `Rejection` where they lack something. */
export type RowReader = (fields: Fields) => EventReading;

/** The reader of each row, by its name: what can be made of a row once is made here. */
export const ROW_READERS: ReadonlyMap<string, RowReader> = new Map(EVENT_ROWS.map((row) => [row.name, rowReader(row)]));

/** The feeds of all that only counts, one for each row. */
export const COUNTING_FEEDS: readonly FormFeed[] = EVENT_ROWS.map(({ name }) => {
  const wrongOf = misdirected(name);
  const readRow = ROW_READERS.get(name)!;
  return {
    name,
    content: 'form',
    read(form) {
      const wrong = wrongOf(form);
      if (wrong) throw wrong;
      return readRow(form);
    },
  };
});

function rowReader(row: EventRow): RowReader {
  const { counts, label, time, dropped, onRequest, name } = row;
  const family = EVENT_FAMILIES.get(name)!;
  const readLabel = labelReader(counts, label);
  const identityOf = identities(row);
  const parse = timeParser(row);
  const also = (row.also ?? []).map((each) => [each.when, alsoReader(each)] as const);
  return (fields) => {
    const told = readLabel(fields);
    if (told === undefined) throw reject('missing_field', label.from[0]!);
    const { value } = told;
    const text = told.unknown === undefined ? told.text : (fields.peek(told.unknown) ?? '');
    const { identity, unknown } = identityOf(text)(fields);
    if (time !== undefined) fields.time(time, parse);
    const unwanted = onRequest?.includes(value) && !fields.reception.countsOnRequest(name, value);
    if (unwanted || dropped?.includes(value)) return { changes: [], ignored: true };
    // Of a genuine callback whose boundaries were moved nothing is left but one more of the others.
    const increments = [one(counts, label.key, unknown === undefined ? value : OTHER)];
    for (const [when, read] of also) if (when === value) increments.push(read(fields));
    return { changes: [change(family, { identity, increments })], unknown: told.unknown ?? unknown };
  };
}

/** Which identity an event has, by the text of its label. */
function identities(row: EventRow): (text: string) => IdentityReader {
  const about = [...(row.about ?? []), ['', row.identity] as const].map(
    ([begins, identity]) => [begins, identity, identityReader(row, identity)] as const,
  );
  const fitting = (text: string) => about.find(([begins]) => text.startsWith(begins))!;
  const once = new Map((row.once ?? []).map((value) => [value, onceReader(fitting(value)[1], value)]));
  return (text) => once.get(text) ?? fitting(text)[2];
}

function alsoReader({ counts, label }: AlsoCounted): (fields: Fields) => Increment {
  const read = labelReader(counts, label);
  return (fields) => one(counts, label.key, read(fields)?.value ?? UNKNOWN);
}

const one = (metric: CounterKey, key: string, value: string): Increment => ({
  series: series(metric, { [key]: value }),
  value: 1,
});
