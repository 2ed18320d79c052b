import type { CounterKey } from '../../../instrumentation/metrics.ts';

/** From which parameters a label is read, and how. */
export interface LabelSource {
  /** The label's key; its closed set stands in the metric table. */
  readonly key: string;
  /** The parameters that may say it: the first that is there. */
  readonly from: readonly string[];
  /** What Twilio's values begin with and the label's do not. */
  readonly prefix?: string;
}

/** A counter besides the row's own, for events of one value only. */
export interface AlsoCounted {
  readonly counts: CounterKey;
  /** The value of the row's label. */
  readonly when: string;
  /** Its value is `unknown` where none of the parameters is there. */
  readonly label: LabelSource;
}

/** One kind of callback that only counts distinct events: what it is, as data. */
export interface EventRow {
  /** Its route, family and key in the configuration. */
  readonly name: string;
  /** Where Twilio says what it sends. */
  readonly docs: string;
  /** The counter; it has one label. */
  readonly counts: CounterKey;
  readonly label: LabelSource;
  /**
   * The signed parameters that tell one event from another: a SID and its prefixes, then others as they are. One that is
   * not sent every time ends in `?`. What a retry changes must not be among them.
   */
  readonly identity: readonly [sid: string, prefixes: readonly string[], ...others: readonly string[]];
  /** The parameter with the time that Twilio signed: one too old to be known as a copy is refused. */
  readonly time?: string;
  /** Values of the label that are answered and neither counted nor remembered, because they come too often. */
  readonly dropped?: readonly string[];
  readonly also?: readonly AlsoCounted[];
}
