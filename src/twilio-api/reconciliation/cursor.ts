import type { Change } from '../../ledger/ledger.ts';
import type { LedgerRecord } from '../../ledger/record.ts';

/** A stretch of time under way: from where the cursor stands to `untilMs`, read from its end to its beginning. */
export interface Stretch {
  readonly fromMs: number;
  /** It ends before this. */
  readonly untilMs: number;
  /** What is later than this is compared. */
  readonly downToMs: number;
}

/** How far the comparison of one list has come, in whole seconds, as ms since the epoch. */
export interface Cursor {
  /** What is before it is compared. */
  readonly doneMs: number;
  readonly stretch?: Stretch;
}

const SECOND_MS = 1_000;
/** A stretch is no longer than this: the cursor moves on at its end, and what is behind is read from its oldest side. */
const LONGEST_MS = 3_600_000;

export const wholeSecond = (ms: number): number => Math.floor(ms / SECOND_MS) * SECOND_MS;

/** The next stretch up to what has settled: the one under way, or a new one; `undefined` where nothing is left to compare. */
export function nextStretch({ doneMs, stretch }: Cursor, settledMs: number): Stretch | undefined {
  if (stretch) return stretch;
  const untilMs = Math.min(wholeSecond(settledMs), doneMs + LONGEST_MS);
  return untilMs > doneMs ? { fromMs: doneMs, untilMs, downToMs: untilMs - SECOND_MS } : undefined;
}

/** The cursor without what is before a time: what the ledger has forgotten cannot be compared. */
export function notBefore(cursor: Cursor, floorMs: number): Cursor {
  const { doneMs, stretch } = cursor;
  if (doneMs >= floorMs) return cursor;
  const fromMs = wholeSecond(floorMs) + SECOND_MS;
  if (!stretch || stretch.downToMs <= fromMs) return { doneMs: Math.max(fromMs, stretch?.untilMs ?? 0) };
  return { doneMs: fromMs, stretch: { ...stretch, fromMs } };
}

/** The cursor after a page that goes back to that time, or after the last one. */
export const afterPage = (stretch: Stretch, downToMs: number, last: boolean): Cursor =>
  last ? { doneMs: stretch.untilMs } : { doneMs: stretch.fromMs, stretch: { ...stretch, downToMs } };

const KEPT = 1;

/** The places of a record's times; they are on disk. */
const recordOf = ({ doneMs, stretch }: Cursor): LedgerRecord => ({
  seen: KEPT,
  times: stretch ? [doneMs, stretch.untilMs, stretch.downToMs] : [doneMs],
});

function cursorOf({ times }: LedgerRecord): Cursor | undefined {
  const [doneMs, untilMs, downToMs] = times;
  if (doneMs === undefined) return undefined;
  if (untilMs === undefined || downToMs === undefined) return { doneMs };
  return { doneMs, stretch: { fromMs: doneMs, untilMs, downToMs } };
}

const keyOf = (list: string): string => `reconciliation:${list}`;

/** Keeps the cursor of a list. It never goes back. */
export const keepCursor = (list: string, cursor: Cursor): Change => ({
  key: keyOf(list),
  reduce(previous) {
    const stands = previous && cursorOf(previous);
    if (stands && stands.doneMs > cursor.doneMs) return 'duplicate';
    return { next: recordOf(cursor), increments: [] };
  },
});

/** A change that changes nothing: it reads the cursor of a list, where one is kept. */
export const readCursor = (list: string, found: (cursor: Cursor) => void): Change => ({
  key: keyOf(list),
  reduce(previous) {
    const stands = previous && cursorOf(previous);
    if (stands) found(stands);
    return 'duplicate';
  },
});
