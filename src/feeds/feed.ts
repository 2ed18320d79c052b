import { change, type Family } from '../families/family.ts';
import type { Change } from '../ledger/ledger.ts';
import type { Form } from './form.ts';
import { misdirected } from './misdirected.ts';

/** What the body of one verified request holds. */
export interface Reading {
  /** One change for each event; the ledger takes all of them or none. */
  readonly changes: readonly Change[];
  /** The parameter whose value is none of the known ones and is counted as `other`, if there is one. */
  readonly unknown: string | undefined;
}

/**
 * Something that Twilio calls: one path, one way to prove a request, one reading of its body. It knows the families that
 * its events belong to, and nothing of HTTP.
 */
export interface Feed {
  /** Its path below `receivers.twilio.path`, and its label value where requests are counted. */
  readonly name: string;
  readonly content: 'form';
  /** Throws a `Rejection` where the body does not hold what the feed takes, nothing else. */
  read(form: Form): Reading;
}

/** A status callback: a form that holds one event of one family. What shows itself as something else is refused. */
export const formFeed = <Event>(name: string, family: Family<Event>, parse: (form: Form) => Event): Feed => ({
  name,
  content: 'form',
  read(form) {
    const wrong = misdirected(name, form);
    if (wrong) throw wrong;
    const event = parse(form);
    return { changes: [change(family, event)], unknown: form.unknown };
  },
});
