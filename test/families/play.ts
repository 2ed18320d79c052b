import { expect } from 'chai';
import { row } from '../../instrumentation/metrics.ts';
import { ErrorCodes } from '../../src/families/message-errors.ts';
import type { EventReading, FormFeed } from '../../src/feeds/feed.ts';
import type { Reception } from '../../src/feeds/fields.ts';
import { Form } from '../../src/feeds/form.ts';
import type { LedgerRecord } from '../../src/ledger/record.ts';
import { NOON_MS } from '../manual-clock.ts';
import { parametersOf } from '../parameters.ts';

export type Fields = Readonly<Record<string, string>>;

export const RECEPTION: Reception = {
  receivedAtMs: NOON_MS,
  wallMs: NOON_MS,
  windowMs: 7 * 86_400_000,
  pathOf: (feed) => (['message', 'call'].includes(feed) ? `/webhooks/${feed}` : undefined),
  isOwnUrl: () => false,
  strictSids: true,
  signed: undefined,
  errorCodes: new ErrorCodes(),
};

/** What a feed reads from a callback of these parameters. */
export const read = (feed: FormFeed, fields: Fields, reception: Partial<Reception> = {}): EventReading =>
  feed.read(new Form(parametersOf(Object.entries(fields)), { ...RECEPTION, ...reception }));

/** The key of the record that a callback belongs to. */
export const keyOf = (feed: FormFeed, fields: Fields): string => read(feed, fields).changes[0]!.key;

export interface Played {
  /** By series id. */
  readonly totals: Readonly<Record<string, number>>;
  /** How many values each histogram was given, by series id. */
  readonly observed: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly record: LedgerRecord | undefined;
}

/** What a sequence of callbacks of one SID adds up to. The record that the reducer is given is frozen, and it must say the same when it is asked twice. */
export function play(feed: FormFeed, sequence: readonly Fields[]): Played {
  const totals: Record<string, number> = {};
  const observed: Record<string, number> = {};
  let record: LedgerRecord | undefined;
  let duplicates = 0;
  for (const fields of sequence) {
    const [change] = read(feed, fields).changes;
    const reduction = change!.reduce(record && Object.freeze(record));
    expect(change!.reduce(record)).to.deep.equal(reduction);
    if (reduction === 'duplicate') {
      duplicates++;
      continue;
    }
    for (const { series, value } of reduction.increments) {
      if (row(series.metric).kind === 'histogram') observed[series.id] = (observed[series.id] ?? 0) + 1;
      else totals[series.id] = (totals[series.id] ?? 0) + value;
    }
    record = reduction.next;
  }
  return { totals, observed, duplicates, record };
}

/** Every order of a list. */
export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
