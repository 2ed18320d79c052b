import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { row } from '../../instrumentation/metrics.ts';
import { LIFECYCLES } from '../../src/families/index.ts';
import { ErrorCodes } from '../../src/families/message-errors.ts';
import type { EventReading, FormFeed } from '../../src/feeds/feed.ts';
import { NO_LABELER } from '../../src/feeds/labeler.ts';
import type { Reception } from '../../src/feeds/reading/fields.ts';
import { Form } from '../../src/feeds/reading/form.ts';
import { OpenBook, type Page } from '../../src/ledger/book.ts';
import { shortKey } from '../../src/ledger/keys.ts';
import type { Change } from '../../src/ledger/ledger.ts';
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
  countsOnRequest: () => false,
  strictSids: true,
  signed: undefined,
  labeler: NO_LABELER,
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
  /** What is open in the end, by book, minute and phase. */
  readonly book: readonly Page[];
  /** By key. */
  readonly records: ReadonlyMap<string, LedgerRecord>;
}

/** What a sequence of callbacks of one SID adds up to. */
export function play(feed: FormFeed, sequence: readonly Fields[]): Played & { record: LedgerRecord | undefined } {
  const played = playChanges(sequence.flatMap((fields) => read(feed, fields).changes));
  return { ...played, record: [...played.records.values()][0] };
}

const BOOKS = LIFECYCLES.map((life) => ({ ...life, unresolvedAfterMs: Number.POSITIVE_INFINITY }));

/** What changes add up to. The record that a reducer is given is frozen, and it must say the same when it is asked twice. */
export function playChanges(changes: readonly Change[]): Played {
  const totals: Record<string, number> = {};
  const observed: Record<string, number> = {};
  const records = new Map<string, LedgerRecord>();
  const open = new OpenBook(BOOKS);
  let duplicates = 0;
  for (const { key, reduce } of changes) {
    const record = records.get(key);
    const reduction = reduce(record);
    // Node's own comparison, because this runs a million times.
    expect(isDeepStrictEqual(reduce(record), reduction), 'asked twice').to.equal(true);
    if (reduction === 'duplicate' || reduction.duplicate) duplicates++;
    if (reduction === 'duplicate') continue;
    for (const { series, value } of reduction.increments) {
      if (row(series.metric).kind === 'histogram') observed[series.id] = (observed[series.id] ?? 0) + 1;
      else totals[series.id] = (totals[series.id] ?? 0) + value;
    }
    const moves = open.begin(0);
    moves.move(shortKey(key), record, reduction.next);
    moves.settle();
    records.set(key, Object.freeze({ ...reduction.next, times: Object.freeze(reduction.next.times) }));
  }
  return { totals, observed, duplicates, book: [...open.pages()], records };
}

/** Every order of a list. */
export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}
