import type { Family } from '../../src/families/family.ts';
import { Form, type Reception } from '../../src/feeds/form.ts';
import type { LedgerRecord } from '../../src/ledger/record.ts';
import { NOON_MS } from '../manual-clock.ts';
import { parametersOf } from '../parameters.ts';

export type Fields = Readonly<Record<string, string>>;

export const RECEPTION: Reception = {
  receivedAtMs: NOON_MS,
  wallMs: NOON_MS,
  windowMs: 7 * 86_400_000,
  strictSids: true,
  signed: undefined,
};

export const parse = (family: Family, fields: Fields, reception: Partial<Reception> = {}): unknown =>
  family.parse(new Form(parametersOf(Object.entries(fields)), { ...RECEPTION, ...reception }));

export interface Played {
  /** By series id. */
  readonly totals: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly record: LedgerRecord | undefined;
}

/** What a sequence of callbacks of one SID adds up to. Everything that the reducer is given is frozen. */
export function play(family: Family, sequence: readonly Fields[]): Played {
  const totals: Record<string, number> = {};
  let record: LedgerRecord | undefined;
  let duplicates = 0;
  for (const fields of sequence) {
    const event = Object.freeze(parse(family, fields));
    const reduction = family.reduce(record && Object.freeze(record), event);
    if (reduction === 'duplicate') {
      duplicates++;
      continue;
    }
    for (const { series, value } of reduction.increments) totals[series.id] = (totals[series.id] ?? 0) + value;
    record = reduction.next;
  }
  return { totals, duplicates, record };
}

/** Every order of a list. */
export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
