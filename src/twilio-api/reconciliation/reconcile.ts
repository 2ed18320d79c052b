import type { Twilio } from 'twilio';
import type { Clock } from '../../clock.ts';
import type { Change, Ledger } from '../../ledger/ledger.ts';
import type { Logger } from '../../log.ts';
import { Rejection } from '../../rejection.ts';
import { maskedSid } from '../account.ts';
import { ApiFailure } from '../failure.ts';
import type { Operation } from '../operation.ts';
import type { Sleep } from '../pace.ts';
import {
  afterPage,
  type Cursor,
  keepCursor,
  nextStretch,
  notBefore,
  readCursor,
  type Stretch,
  wholeSecond,
} from './cursor.ts';
import type { List, Listed, Page, Reading } from './lists.ts';

export interface ComparisonParts extends Reading {
  readonly list: List;
  readonly accountSid: string;
  /** What else is told apart by where it stands: empty for what was the only one once. */
  readonly pass: '' | 'again';
  readonly delayMs: number;
  readonly ledger: Ledger;
  readonly operation: Operation;
  readonly client: () => Promise<Twilio>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly stop: AbortSignal;
  readonly log: Logger;
  /** Called after each page. */
  readonly onPage: () => void;
}

/** The most that Twilio puts on one page. */
const PAGE_SIZE = 1_000;
/** Ten million messages in an hour: a chain of pages that is longer has no end. */
const MAX_PAGES = 10_000;
const LEDGER_RETRY_MS = 5_000;

/**
 * The comparison of one list with the ledger, stretch by stretch. A page becomes one atomic step of the ledger: what it
 * counts, what it back-fills and where the cursor then stands. So it goes on after a crash where it stood, and because a
 * record is compared once, what is read again counts nothing.
 */
export class Comparison {
  readonly #parts: ComparisonParts;
  readonly #name: string;
  #doneMs: number | undefined;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
    this.#name = [parts.list.family, parts.accountSid, parts.pass].filter((each) => each !== '').join(':');
  }

  /** How far it is behind what has settled, in seconds; `undefined` until that is known. */
  get lagS(): number | undefined {
    return this.#doneMs === undefined ? undefined : Math.max(0, this.#settledMs - this.#doneMs) / 1_000;
  }

  /** Compares all that has settled when it begins: what settles meanwhile has its turn an interval later. */
  async run(): Promise<void> {
    const settledMs = this.#settledMs;
    for (let cursor = await this.#begin(); ; ) {
      const known = notBefore(cursor, this.#floorMs);
      if (known !== cursor) this.#tellForgotten(cursor, known);
      this.#doneMs = known.doneMs;
      const stretch = nextStretch(known, settledMs);
      if (!stretch) return;
      cursor = await this.#compare(stretch);
    }
  }

  /** Where the ledger says it stands; at the very first start it begins with what is sent from now on. */
  async #begin(): Promise<Cursor> {
    let cursor: Cursor | undefined;
    await this.#commit([readCursor(this.#name, (found) => (cursor = found))]);
    if (cursor) return cursor;
    const first = { doneMs: wholeSecond(this.#nowMs) };
    await this.#commit([keepCursor(this.#name, first)]);
    return first;
  }

  async #compare(stretch: Stretch): Promise<Cursor> {
    const { list, onPage } = this.#parts;
    const read = new Set<string>();
    let { downToMs } = stretch;
    for (let url: string | undefined; ; ) {
      const page = await this.#page(stretch, url, read);
      const listed = page.instances as readonly Listed[];
      downToMs = wentDownTo(listed.map(list.timeOf), downToMs);
      url = page.nextPageUrl;
      const cursor = afterPage(stretch, downToMs, url === undefined);
      await this.#commit([...this.#changes(listed, stretch), keepCursor(this.#name, cursor)]);
      onPage();
      if (url === undefined) return cursor;
      read.add(url);
    }
  }

  async #page({ fromMs, downToMs }: Stretch, url: string | undefined, read: ReadonlySet<string>): Promise<Page> {
    const { list, operation, client } = this.#parts;
    const api = await client();
    return operation.request(async () => {
      const page = await (url === undefined ? list.first(api, PAGE_SIZE, fromMs, downToMs) : list.next(api, url));
      const { nextPageUrl: next } = page;
      if (next !== undefined && (next === url || read.has(next) || read.size >= MAX_PAGES)) {
        throw new ApiFailure('page_loop');
      }
      return page;
    });
  }

  /** A list may hold what was not asked for, where a filter takes whole days. */
  #changes(listed: readonly Listed[], { fromMs, untilMs }: Stretch): Change[] {
    const { list } = this.#parts;
    const floorMs = Math.max(fromMs, this.#floorMs);
    return listed.flatMap((each) => {
      const atMs = list.timeOf(each);
      if (atMs !== undefined && (atMs < floorMs || atMs >= untilMs)) return [];
      return list.read(each, this.#parts) ?? [];
    });
  }

  /** Applied again, a change counts once: so it is tried until the ledger takes it. */
  async #commit(changes: readonly Change[]): Promise<void> {
    const { ledger, sleep, stop } = this.#parts;
    for (;;) {
      try {
        await ledger.apply(changes);
        return;
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
        await sleep(LEDGER_RETRY_MS, stop);
      }
    }
  }

  /** The slower of both clocks: neither a jump nor a machine that slept makes something settled that is not. */
  get #nowMs(): number {
    const { clock } = this.#parts;
    return Math.min(clock.nowMs(), clock.wallMs());
  }

  get #settledMs(): number {
    return this.#nowMs - this.#parts.delayMs;
  }

  /** Records of what was sent before it may have been forgotten. */
  get #floorMs(): number {
    const { clock, ledger } = this.#parts;
    return Math.max(clock.nowMs(), clock.wallMs()) - ledger.stats().windowSeconds * 1_000;
  }

  #tellForgotten({ doneMs }: Cursor, known: Cursor): void {
    const [from, until] = [doneMs, known.doneMs].map((ms) => new Date(ms).toISOString());
    const { list, accountSid, pass, log } = this.#parts;
    const compared = pass === 'again' ? 'compared again' : 'compared';
    log.warn(
      `twilio_api: ${list.family}s of account ${maskedSid(accountSid)} from ${from} to ${until} are not ${compared}: the ledger has forgotten that time`,
    );
  }
}

/** How far down a page goes, where its times fall as they should; else a crash reads the stretch again from where it stood. */
function wentDownTo(times: readonly (number | undefined)[], beforeMs: number): number {
  let downToMs = beforeMs;
  for (const time of times) {
    if (time === undefined) continue;
    if (time > downToMs) return beforeMs;
    downToMs = time;
  }
  return downToMs;
}
