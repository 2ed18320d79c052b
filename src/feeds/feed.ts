import { change, type Family } from '../families/family.ts';
import type { Change } from '../ledger/ledger.ts';
import type { Rejection } from '../rejection.ts';
import { misdirected } from './misdirected.ts';
import type { Fields, Reception } from './reading/fields.ts';
import type { Form } from './reading/form.ts';

/** What one event changes: nothing, where this version counts nothing of its kind. */
export interface EventReading {
  readonly changes: readonly Change[];
  /** True where the event is answered and counts for nothing, though it may leave a trace. */
  readonly ignored?: boolean;
  /** The field whose value is none of the known ones and is counted as `other`, if there is one. */
  readonly unknown?: string | undefined;
  /** What the log should say, once. */
  readonly note?: string;
}

interface AnyFeed {
  /** Its path below `receivers.twilio.path`, and its label value where requests are counted. */
  readonly name: string;
}

/** A status callback: a form that holds one event. */
export interface FormFeed extends AnyFeed {
  readonly content: 'form';
  /** A value may be as long as the whole body. */
  readonly longValues?: true;
  /** Throws a `Rejection` where the form does not hold what the feed takes, nothing else. */
  read(form: Form): EventReading;
}

/** A batch of events in JSON. */
export interface JsonFeed extends AnyFeed {
  readonly content: 'json';
  /** Who signs its batches, and how. */
  readonly proof: 'twilio' | 'sendgrid';
  /** The same feed where its callbacks come as forms, because Twilio may send either. */
  readonly asForm?: FormFeed;
  /** Each event as what it changes, or why it cannot be used. Throws nothing. */
  read(events: readonly unknown[], reception: Reception): readonly (EventReading | Rejection)[];
}

/**
 * Something that Twilio calls: one path, one way to prove a request, one reading of its body. It knows the families that
 * its events belong to, and nothing of HTTP. The ledger takes all that one request changes, or nothing of it.
 */
export type Feed = FormFeed | JsonFeed;

/** A status callback of one family. What shows itself as something else is refused. */
export function formFeed<Event>(name: string, family: Family<Event>, parse: (fields: Fields) => Event): FormFeed {
  const wrongOf = misdirected(name);
  return {
    name,
    content: 'form',
    read(form) {
      const wrong = wrongOf(form);
      if (wrong) throw wrong;
      const event = parse(form);
      return { changes: [change(family, event)], unknown: form.unknown };
    },
  };
}
