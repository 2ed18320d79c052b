import { type Increment, series } from '../../instrumentation/increments.ts';
import { type CounterKey, row } from '../../instrumentation/metrics.ts';
import { OTHER, UNKNOWN } from '../../instrumentation/requested.ts';
import type { AlsoCounted, EventRow, LabelSource } from '../families/events/row.ts';
import { EVENT_FAMILIES, EVENT_ROWS } from '../families/events.ts';
import { change } from '../families/family.ts';
import { reject } from '../rejection.ts';
import type { EventReading, FormFeed } from './feed.ts';
import { misdirected } from './misdirected.ts';
import type { Fields } from './reading/fields.ts';

/** The feeds of all that only counts, one for each row. */
export const COUNTING_FEEDS: readonly FormFeed[] = EVENT_ROWS.map((each) => ({
  name: each.name,
  content: 'form',
  read(form) {
    const wrong = misdirected(each.name, form);
    if (wrong) throw wrong;
    return readRow(each, form);
  },
}));

/** What one event of a row changes, on whichever road its parameters come. Throws a `Rejection` where they lack something. */
export function readRow(row: EventRow, fields: Fields): EventReading {
  const identity = identityOf(row, fields);
  if (row.time !== undefined) fields.time(row.time);
  const { value, unknown } = labelOf(row.counts, row.label, fields);
  if (value === undefined) throw reject('missing_field', row.label.from[0]!);
  if (row.dropped?.includes(value)) return { changes: [], ignored: true };
  const increments = [one(row.counts, row.label, value)];
  for (const also of row.also ?? []) if (also.when === value) increments.push(alsoOne(also, fields));
  return { changes: [change(EVENT_FAMILIES.get(row.name)!, { identity, increments })], unknown };
}

/** A SID alone stays one, because a key of that form takes the least room. */
function identityOf({ identity: [sid, prefixes, ...others] }: EventRow, fields: Fields): string {
  const parts = [fields.sid(sid, ...prefixes)];
  for (const name of others) {
    const optional = name.endsWith('?');
    const value = optional ? fields.optional(name.slice(0, -1)) : fields.text(name);
    parts.push(value ?? '');
  }
  return parts.length === 1 ? parts[0]! : JSON.stringify(parts);
}

function labelOf(metric: CounterKey, { key, from, prefix = '' }: LabelSource, fields: Fields) {
  for (const name of from) {
    const text = fields.optional(name);
    if (text === undefined) continue;
    const value = text.startsWith(prefix) ? text.slice(prefix.length) : text;
    return valuesOf(metric, key).includes(value) && value !== OTHER ? { value } : { value: OTHER, unknown: name };
  }
  return {};
}

function alsoOne({ counts, label }: AlsoCounted, fields: Fields): Increment {
  return one(counts, label, labelOf(counts, label, fields).value ?? UNKNOWN);
}

const one = (metric: CounterKey, { key }: LabelSource, value: string): Increment => ({
  series: series(metric, { [key]: value }),
  value: 1,
});

function valuesOf(metric: CounterKey, key: string): readonly string[] {
  const label = row(metric).labels[key];
  return label && 'values' in label ? label.values : [];
}
