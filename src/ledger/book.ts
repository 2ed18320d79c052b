import { type Increment, series } from '../../instrumentation/increments.ts';
import type { CounterKey } from '../../instrumentation/metrics.ts';
import { familyOf, type ShortKey } from './keys.ts';
import type { LedgerRecord } from './record.ts';

/** Where a record stands that has begun and not ended. */
export interface Opening {
  /** The position of its phase in the book's list. */
  readonly phase: number;
  readonly beganAtMs: number;
}

/** What of a family is open: one for each family whose records have a life. */
export interface BookRules {
  /** The family's name. */
  readonly name: string;
  readonly phases: readonly string[];
  /** Where a record stands; `undefined` when it has not begun or has ended. Pure. */
  open(record: LedgerRecord): Opening | undefined;
  /** Counts, by `phase`, what was given up. */
  readonly unresolved: CounterKey;
  /** What began longer ago is given up. */
  readonly unresolvedAfterMs: number;
}

/** How many are open of those that began in one minute, by phase. */
export interface Page {
  readonly book: string;
  readonly minute: number;
  readonly phases: readonly number[];
}

const MINUTE_MS = 60_000;
const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);

/** One book, as it is kept: a handful of integers for each minute, whatever the number of records. */
class Book {
  readonly rules: BookRules;
  readonly pages = new Map<number, number[]>();
  /** Records that began in an earlier minute move the book no more. */
  closedBefore = 0;

  constructor(rules: BookRules) {
    this.rules = rules;
  }
}

/**
 * How many messages and calls have begun and not ended, by the minute in which they began and by phase. A batch moves it
 * by what its records were and are; nothing is ever looked for.
 */
export class OpenBook {
  readonly #books: ReadonlyMap<string, Book>;

  constructor(rules: readonly BookRules[]) {
    this.#books = new Map(rules.map((each) => [each.name, new Book(each)]));
  }

  get names(): string[] {
    return [...this.#books.keys()];
  }

  /** Takes over what was kept: pages, and the minutes before which the books are closed. */
  restore(pages: Iterable<Page>, closed: Iterable<readonly [book: string, minute: number]>): void {
    for (const { book, minute, phases } of pages) this.#books.get(book)?.pages.set(minute, [...phases]);
    for (const [name, minute] of closed) {
      const book = this.#books.get(name);
      if (book) book.closedBefore = minute;
    }
  }

  /** Begins to move the book; nothing changes before `settle`. `slowMs` is the clock by which things are given up. */
  begin(slowMs: number): BookMoves {
    return new BookMoves(this.#books, slowMs);
  }

  /** True when a page is due to be closed by that clock. */
  isDue(slowMs: number): boolean {
    for (const { rules, pages } of this.#books.values()) {
      const due = minuteOf(slowMs - rules.unresolvedAfterMs);
      for (const minute of pages.keys()) if (minute < due) return true;
    }
    return false;
  }

  /** How many are open, by phase: all, or those that began before a time. */
  count(name: string, beforeMs = Number.POSITIVE_INFINITY): readonly number[] {
    const book = this.#books.get(name);
    if (!book) return [];
    const sums = book.rules.phases.map(() => 0);
    const before = beforeMs === Number.POSITIVE_INFINITY ? beforeMs : minuteOf(beforeMs);
    for (const [minute, phases] of book.pages) {
      if (minute < before) for (const [phase, count] of phases.entries()) sums[phase]! += count;
    }
    return sums;
  }

  /** Every page, as it is kept. */
  *pages(): Iterable<Page> {
    for (const [book, { pages }] of this.#books) {
      for (const [minute, phases] of pages) yield { book, minute, phases };
    }
  }

  /** The minutes before which the books are closed. */
  closed(): (readonly [book: string, minute: number])[] {
    return [...this.#books].map(([name, { closedBefore }]) => [name, closedBefore] as const);
  }
}

/** What one batch does to the book of one family. */
interface Touched {
  readonly book: Book;
  readonly pages: Map<number, number[]>;
}

/** What one batch does to the book. Of a book that stays as it is nothing is held: most batches are small. */
export class BookMoves {
  readonly #books: ReadonlyMap<string, Book>;
  /** The minutes before which the books are closed after the batch, where that is later than before it. */
  #closing: Map<Book, number> | undefined;
  readonly #touched: Touched[] = [];
  readonly #givenUp: Increment[] = [];

  constructor(books: ReadonlyMap<string, Book>, slowMs: number) {
    this.#books = books;
    for (const book of books.values()) {
      const due = minuteOf(slowMs - book.rules.unresolvedAfterMs);
      // The clock may be set back: what was closed stays closed.
      if (due > book.closedBefore) this.#close(book, due);
    }
  }

  #close(book: Book, before: number): void {
    this.#closing ??= new Map();
    this.#closing.set(book, before);
    for (const [minute, phases] of book.pages) {
      if (minute >= before) continue;
      for (const [phase, count] of phases.entries()) this.#giveUp(book, phase, count);
      this.#page(book, minute).fill(0);
    }
  }

  /** A record was one thing, and is another now. */
  move(key: ShortKey, previous: LedgerRecord | undefined, next: LedgerRecord): void {
    const book = this.#books.get(familyOf(key));
    if (!book) return;
    if (previous) this.#add(book, previous, -1);
    this.#add(book, next, 1);
  }

  /** A record goes before its end is known. */
  drop(key: ShortKey, record: LedgerRecord): void {
    const book = this.#books.get(familyOf(key));
    const phase = book && this.#add(book, record, -1);
    if (book && phase !== undefined) this.#giveUp(book, phase, 1);
  }

  /** The phase in which it moved the book, if it did. */
  #add(book: Book, record: LedgerRecord, by: number): number | undefined {
    const opening = book.rules.open(record);
    if (!opening) return undefined;
    const minute = minuteOf(opening.beganAtMs);
    if (minute < (this.#closing?.get(book) ?? book.closedBefore)) return undefined;
    this.#page(book, minute)[opening.phase]! += by;
    return opening.phase;
  }

  #giveUp({ rules }: Book, phase: number, count: number): void {
    if (count <= 0) return;
    this.#givenUp.push({ series: series(rules.unresolved, { phase: rules.phases[phase]! }), value: count });
  }

  /** A page of the book, to be changed. */
  #page(book: Book, minute: number): number[] {
    let touched = this.#touched.find((each) => each.book === book);
    if (!touched) this.#touched.push((touched = { book, pages: new Map() }));
    let page = touched.pages.get(minute);
    if (!page) touched.pages.set(minute, (page = [...(book.pages.get(minute) ?? book.rules.phases.map(() => 0))]));
    return page;
  }

  /** What was given up, as increments of the batch. */
  get givenUp(): readonly Increment[] {
    return this.#givenUp;
  }

  /** True when there is something to keep. */
  get changed(): boolean {
    return this.#touched.length > 0;
  }

  /** The minutes before which the books are closed after the batch; `undefined` when they are as they were. */
  closed(): (readonly [book: string, minute: number])[] | undefined {
    const closing = this.#closing;
    if (!closing) return undefined;
    return [...this.#books.values()].map((book) => [book.rules.name, closing.get(book) ?? book.closedBefore] as const);
  }

  /** The pages as they are after the batch; one whose numbers are all 0 is gone. */
  *pages(): Iterable<Page> {
    for (const { book, pages } of this.#touched) {
      for (const [minute, phases] of pages) yield { book: book.rules.name, minute, phases };
    }
  }

  /** Moves the book, once the batch is durable. */
  settle(): void {
    if (this.#closing) for (const [book, minute] of this.#closing) book.closedBefore = minute;
    for (const { book, pages } of this.#touched) {
      for (const [minute, phases] of pages) {
        if (phases.every((count) => count === 0)) book.pages.delete(minute);
        else book.pages.set(minute, phases);
      }
    }
  }
}
