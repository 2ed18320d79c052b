import { type CounterKey, row as metricRow } from '../../instrumentation/metrics.ts';
import { OTHER } from '../../instrumentation/requested.ts';
import type { EventRow, Identity, LabelSource } from '../families/events/row.ts';
import { reject } from '../rejection.ts';
import { type Fields, parseEpoch, parseTime } from './reading/fields.ts';

/** What a callback says of a label. */
export interface Told {
  /** The label's value. */
  readonly value: string;
  /** How Twilio wrote it, with all that are unknown as one. */
  readonly text: string;
  /** The parameter whose value is none of the known ones. */
  readonly unknown?: string;
}

/** Reads a label of a closed set; nothing where no parameter says it. */
export function labelReader(counts: CounterKey, { key, from, prefix = '', absent }: LabelSource) {
  const label = metricRow(counts).labels[key];
  const values = new Set(label && 'values' in label ? label.values : []);
  values.delete(OTHER);
  return (fields: Fields): Told | undefined => {
    for (const name of from) {
      const text = fields.optional(name);
      if (text === undefined) continue;
      const value = text.startsWith(prefix) ? text.slice(prefix.length) : text;
      return values.has(value) ? { value, text } : { value: OTHER, text: OTHER, unknown: name };
    }
    if (absent === undefined) return undefined;
    for (const name of from) fields.assertNotHidden(name, WORD);
    return { value: absent, text: '' };
  };
}

const WORD = /^[a-z]/;
const TIME = /^(?:Timestamp|Date\w+|\w+Updated)$/;

/** How the times of a row are written. */
export const timeParser = ({ inSeconds }: EventRow) => (inSeconds ? parseEpoch : parseTime);

type Part = (fields: Fields) => Pick<Told, 'text' | 'unknown'> | undefined;

/** What tells an event from others, as one text, and the parameter of a closed set in it whose value is none of the set. */
export interface Identified {
  readonly identity: string;
  readonly unknown?: string | undefined;
}
export type IdentityReader = (fields: Fields) => Identified;

/** Reads what tells an event of a row from others; a SID alone stays one, because such a key takes least room. */
export function identityReader(row: EventRow, [sid, prefixes, ...others]: Identity): IdentityReader {
  const readSid = sidReader(sid, prefixes);
  const parts = others.map((part) => partReader(row, part));
  return (fields) => {
    const first = readSid(fields);
    if (parts.length === 0) return { identity: first };
    const told = parts.map((part) => part(fields));
    const unknown = told.find((each) => each?.unknown !== undefined)?.unknown;
    return { identity: JSON.stringify([first, ...told.map((each) => each?.text ?? '')]), unknown };
  };
}

/** The same of an event that comes once in the life of what the SID names. */
export function onceReader([sid, prefixes]: Identity, value: string): IdentityReader {
  const readSid = sidReader(sid, prefixes);
  return (fields) => ({ identity: JSON.stringify([readSid(fields), value]) });
}

function sidReader(sid: string, prefixes: readonly string[]): (fields: Fields) => string {
  const [first = '', ...others] = sid.split('|');
  return (fields) => {
    const other = fields.peek(first) === undefined && others.find((name) => fields.peek(name) !== undefined);
    return fields.sid(other || first, ...prefixes);
  };
}

function partReader(row: EventRow, part: string): Part {
  const [, names = '', mark] = /^([\w|]+)([?~]?)$/.exec(part) ?? [];
  const readers = names.split('|').map((name) => [name, formOf(row, name, mark === '~')] as const);
  return (fields) => {
    for (const [, read] of readers) {
      const value = read(fields);
      if (value !== undefined) return value;
    }
    if (mark === '?') return undefined;
    throw reject('missing_field', readers[0]![0]);
  };
}

function formOf(row: EventRow, name: string, opaque: boolean): Part {
  const labels = [{ counts: row.counts, label: row.label }, ...(row.also ?? [])];
  const source = labels.find(({ label }) => label.from.includes(name));
  if (source) return labelReader(source.counts, source.label);
  const values = row.closed?.[name];
  if (values) return (fields) => known(fields.optional(name), name, values);
  const read = plainReader(row, name, opaque);
  return (fields) => {
    const text = read(fields);
    return text === undefined ? undefined : { text };
  };
}

function plainReader(row: EventRow, name: string, opaque: boolean): (fields: Fields) => string | undefined {
  if (opaque) return (fields) => fields.opaque(name);
  if (name.endsWith('Sid')) return (fields) => fields.optionalSid(name);
  if (!TIME.test(name)) return (fields) => fields.code(name);
  return (fields) => (row.inSeconds ? fields.signedSecond(name) : fields.signedTime(name));
}

function known(text: string | undefined, name: string, values: readonly string[]) {
  if (text === undefined) return undefined;
  return values.includes(text) ? { text } : { text: OTHER, unknown: name };
}
