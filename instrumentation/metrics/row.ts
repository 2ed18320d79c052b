/** What a row of the metric table says. The rows stand in the files beside this one, by subject. */
import type { RequestedLabel } from '../requested.ts';

/** A label whose values stand in the table: every one of `zero` (all, if absent) is shown at 0 before the first event. */
export interface ClosedLabel<V extends string = string> {
  readonly values: readonly V[];
  readonly zero?: readonly V[];
}

/** A label whose closed set belongs to another room and is handed to `createInstruments` at start. */
interface SuppliedLabel {
  readonly from: 'feeds' | 'families' | 'outcomes' | 'transportReasons' | 'tokens' | 'exporters' | 'run';
  /** Values that exist only once seen are not zero-initialised. */
  readonly zero?: false;
  /** A series may do without it. */
  readonly optional?: true;
}

export type Label = ClosedLabel | SuppliedLabel;
export type MetricKind = 'counter' | 'histogram' | 'observableGauge' | 'observableCounter';

export interface MetricRow {
  /** The instrument's name. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM; `{thing}` counts things and adds no suffix. Not `1` for a gauge: Prometheus would call it a ratio. */
  readonly unit: string;
  readonly help: string;
  readonly labels: { readonly [key: string]: Label };
  /** The labels that it carries besides, where a user asks for them. */
  readonly takes?: readonly RequestedLabel[];
  /** The totals are kept in the ledger and come back after a restart. */
  readonly durable?: true;
  /**
   * Its zero series are shown once something of this feed is counted, where the configuration asks for it by
   * `enabled: true`, or where this processor, or what this key switches on, runs: who does not use it sees nothing of it. Where several feeds tell of it, the
   * first is its own.
   */
  readonly shownWith?: string | readonly string[];
  readonly buckets?: readonly number[];
  /** The most series that the metric may have; computed from the labels' closed sets when absent. */
  readonly budget?: number;
  /** Double instead of integer values (gauges and observable counters of seconds or money). */
  readonly double?: true;
}

export const closed = <const V extends readonly string[]>(
  values: V,
  zero?: readonly V[number][],
): ClosedLabel<V[number]> => (zero ? { values, zero } : { values });

export type MetricRows = Readonly<Record<string, MetricRow>>;
