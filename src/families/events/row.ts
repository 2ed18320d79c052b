import type { CounterKey } from '../../../instrumentation/metrics.ts';

/** From which parameters a label is read, and how. */
export interface LabelSource {
  /** The label's key; its closed set stands in the metric table. */
  readonly key: string;
  /** The parameters that may say it: the first that is there. */
  readonly from: readonly string[];
  /** What Twilio's values begin with and the label's do not. */
  readonly prefix?: string;
  /** Its value where none of the parameters is sent; without this such a callback is refused. */
  readonly absent?: string;
}

/** A counter besides the row's own, for events of one value only. */
export interface AlsoCounted {
  readonly counts: CounterKey;
  /** The value of the row's label. */
  readonly when: string;
  /** Its value is `unknown` where none of the parameters is there. */
  readonly label: LabelSource;
}

/**
 * The signed parameters that tell one event from another: a SID and its prefixes, then others. One that is not sent every
 * time ends in `?`, and of `A|B` the first that is sent counts. What a retry changes must not be among them.
 *
 * Twilio signs names and values without separators, so whoever has a genuine callback could move a boundary and count it
 * again, if a value might look like anything. Hence each has a strict form, which follows from its name: what a label is
 * read from counts as the label's value, with all unknown ones as one; `...Sid` is a SID, `Timestamp`, `Date...` and
 * `...Updated` are times, and the rest are codes of digits and small letters. An opaque text ends in `~` instead.
 */
export type Identity = readonly [sid: string, prefixes: readonly string[], ...others: readonly string[]];

/** One kind of callback that only counts distinct events: what it is, as data. */
export interface EventRow {
  /** Its route, family and key in the configuration. */
  readonly name: string;
  /** Where Twilio says what it sends. */
  readonly docs: string;
  /** The counter; it has one label. */
  readonly counts: CounterKey;
  readonly label: LabelSource;
  readonly identity: Identity;
  /** Other identities, of events whose value begins so: the first that fits. */
  readonly about?: readonly (readonly [begins: string, identity: Identity])[];
  /** Values that come once in the life of what they are about: the SID and the value alone tell them from others. */
  readonly once?: readonly string[];
  /** All values of a parameter of the identity that is neither a label nor a code. */
  readonly closed?: Readonly<Record<string, readonly string[]>>;
  /** The parameter with the time that Twilio signed: one too old to be known as a copy is refused. */
  readonly time?: string;
  /** Its times are told in whole seconds since the epoch, and on another road otherwise. */
  readonly inSeconds?: true;
  /** Values of the label that are answered and neither counted nor remembered, because they come too often. */
  readonly dropped?: readonly string[];
  /** The same, unless `receivers.twilio.families.<name>.<value>` is true. */
  readonly onRequest?: readonly string[];
  readonly also?: readonly AlsoCounted[];
}
