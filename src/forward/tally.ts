import type { IncomingMessage } from 'node:http';
import type { FormFeed } from '../feeds/feed.ts';
import { readVerified, verifyForm } from '../receive/callback.ts';
import type { Outcomes } from '../receive/outcomes.ts';
import { type CallbackRoom, tellUnknown } from '../receive/room.ts';
import { type Outcome, Rejection, reject } from '../rejection.ts';
import type { Verified } from '../verify/verifier.ts';

/**
 * Counts what passes, from the same bytes. It has exactly one outcome, and refuses nothing: the application's answer is the
 * answer.
 */
export class Tally {
  readonly #feed: FormFeed;
  readonly #room: CallbackRoom;
  readonly #outcomes: Outcomes;
  #settled = false;
  #waiting: (() => void) | undefined;
  #barred: unknown;

  constructor(feed: FormFeed, room: CallbackRoom, outcomes: Outcomes) {
    this.#feed = feed;
    this.#room = room;
    this.#outcomes = outcomes;
  }

  /** Calls back once, at once where the outcome is known. */
  whenSettled(then: () => void): void {
    if (this.#settled) then();
    else this.#waiting = then;
  }

  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#outcomes.add(this.#feed.name, outcome);
    this.#waiting?.();
  }

  /** Why it does not count: the outcome, and a line in the log. */
  fail(error: unknown): void {
    if (this.#settled) return;
    const { name } = this.#feed;
    const rejection = error instanceof Rejection ? error : reject('internal_error');
    const { reason, subject, detail, help } = rejection;
    const fields = { ...(subject ? { subject } : {}), ...(detail ? { detail } : {}) };
    this.#room.events.event(
      'warn',
      `not counted:${reason}`,
      `passed on, ${name} not counted: ${reason}: ${help}`,
      fields,
    );
    this.settle(reason);
  }

  /** It does not count, as its head shows; that is the outcome once it passes. */
  bar(error: unknown): void {
    this.#barred = error;
  }

  /** True while it may count. */
  get counts(): boolean {
    return !this.#settled && this.#barred === undefined;
  }

  /** Counts the form; the body is overwritten. What was verified already is not verified again. */
  count(req: IncomingMessage, path: string, body: Buffer, verified?: Verified): void {
    if (this.#settled) return;
    if (this.#barred) return this.fail(this.#barred);
    try {
      const proved = verified ?? verifyForm(req, this.#feed.name, path, body, this.#room);
      if (proved instanceof Rejection) return this.fail(proved);
      const { changes, ignored, unknown } = readVerified(req, this.#feed, proved, this.#room);
      if (unknown) tellUnknown(this.#feed, unknown, this.#room.events);
      this.#room.ledger.apply(changes).then(
        ([outcome]) => this.settle(ignored ? 'ignored' : outcome!),
        (error) => this.fail(error),
      );
    } catch (error) {
      this.fail(error);
    }
  }
}
