import type { MetricKey } from '../../instrumentation/metrics.ts';
import type { Form } from '../feeds/form.ts';
import type { Reduction } from '../ledger/ledger.ts';
import type { LedgerRecord } from '../ledger/record.ts';

/** One kind of Twilio callback. The family is pure: no clock, no disk, no instrument, no state of its own. */
export interface Family<Event = unknown> {
  /** Its label value, and its path below `receivers.twilio.path`. */
  readonly name: string;
  /** The verified parameters as a typed event. Throws a `Rejection`, nothing else. */
  parse(form: Form): Event;
  /** The key of the event's record in the ledger, made of signed fields. */
  key(event: Event): string;
  /** What the event changes, given what is known of its key. The order of arrival must not change the totals. */
  reduce(previous: LedgerRecord | undefined, event: Event): Reduction;
  /** What a record's events added to the totals, by metric: the ledger's check holds the totals against it. */
  recount(record: LedgerRecord): Partial<Record<MetricKey, number>>;
}

/** Fixes the event type while a family is written, and forgets it where families are listed. */
export const defineFamily = <Event>(family: Family<Event>): Family => family as Family;
