import { type Meter, type Observable, type ObservableResult, ValueType } from '@opentelemetry/api';
import { BoundHistograms } from './bound.ts';
import { type Increment, type Series, savedSeries, series, seriesLabels } from './increments.ts';
import {
  type LabelsOf,
  METRIC_KEYS,
  type MetricKey,
  type MetricRow,
  type ObservableKey,
  row,
  type SuppliedValues,
} from './metrics.ts';
import type { Base } from './totals.ts';

/** What an observable instrument reports at a collection: one number, or a number for each set of labels. */
export type Reading<K extends MetricKey> = number | Iterable<readonly [value: number, labels: LabelsOf<K>]>;

export interface Instruments {
  /** Adds counts and records values. The only way in for everything that is counted. */
  record(increments: readonly Increment[]): void;
  /** Sets the function that an observable instrument calls at each collection; `undefined` reports nothing. */
  observe<K extends ObservableKey>(metric: K, read: () => Reading<K> | undefined): void;
  /** Makes the counters' series of a ledger exist, so that their totals are shown before they are counted again. */
  revive(base: Base): void;
  /** Shows the zero series of the metrics that wait for a feed, or for a processor that runs; the first count of one does, too. */
  show(name: string): void;
  /** What the gauges said last, by the attributes object of their series. */
  readonly gauges: ReadonlyMap<object, number>;
  /** The series of histograms that are instruments of their own, by the names of these. */
  readonly histograms: ReadonlyMap<string, Series>;
}

/** Creates every instrument of the table, in its order, with the zero series of its counters. */
export function createInstruments(meter: Meter, supplied: SuppliedValues): Instruments {
  const record = new Map<MetricKey, (value: number, series: Series) => void>();
  const readers = new Map<MetricKey, () => Reading<MetricKey> | undefined>();
  const gauges = new Map<object, number>();
  const histograms = new BoundHistograms(meter);
  const pending = new PendingCounts();
  const shown = new Set<string>();
  const observables: Observable[] = [];
  for (const key of METRIC_KEYS) {
    const metric = row(key);
    if (metric.kind === 'counter') {
      const counter = meter.createCounter(metric.name, options(metric));
      if (!metric.shownWith)
        for (const labels of zeroSeries(metric, supplied)) counter.add(0, series(key, labels).labels);
      record.set(key, (value, { labels }) => counter.add(value, labels));
    } else if (metric.kind === 'histogram') {
      const given = options(metric);
      const only = Object.keys(metric.labels).length === 0 ? meter.createHistogram(metric.name, given) : undefined;
      const plain = only && series(key, {});
      record.set(key, (value, of) => (of === plain ? only?.record(value) : histograms.record(of, value, given)));
    } else {
      const observable =
        metric.kind === 'observableGauge'
          ? meter.createObservableGauge(metric.name, options(metric))
          : meter.createObservableCounter(metric.name, options(metric));
      const current = metric.kind === 'observableGauge' ? new GaugeSeries(gauges) : undefined;
      observables.push(observable);
      observable.addCallback((result) => report(result, key, readers.get(key)?.(), current));
    }
  }
  const write = (increment: Increment) => record.get(increment.series.metric)?.(increment.value, increment.series);
  // The SDK calls the observables before it reads the counters, at every collection of every reader.
  meter.addBatchObservableCallback(() => pending.flush(write), observables);
  const show = (name: string) => {
    shown.add(name);
    for (const key of METRIC_KEYS.filter((each) => shownWith(row(each)).includes(name))) {
      for (const labels of zeroSeries(row(key), supplied)) record.get(key)?.(0, series(key, labels));
    }
  };
  return {
    gauges,
    histograms: histograms.names,
    record(increments) {
      for (const increment of increments) {
        const metric = row(increment.series.metric);
        if (metric.shownWith !== undefined) {
          const [own = ''] = shownWith(metric);
          if (!shown.has(own)) show(own);
        }
        if (metric.kind === 'counter') pending.add(increment);
        else write(increment);
      }
    },
    observe(metric, read) {
      readers.set(metric, read as () => Reading<MetricKey>);
    },
    show,
    revive(base) {
      for (const key of METRIC_KEYS) {
        const { kind, durable } = row(key);
        if (kind !== 'counter' || !durable) continue;
        for (const id of base.totals.keys()) {
          const saved = seriesLabels(id, row(key));
          if (saved) record.get(key)?.(0, savedSeries(key, saved));
        }
      }
    },
  };
}

/** The feeds or processors that a metric waits for. */
export const shownWith = ({ shownWith: names = [] }: MetricRow): readonly string[] =>
  typeof names === 'string' ? [names] : names;

/**
 * Counts that the counters do not have yet: a number for each series. The SDK serialises the labels for each `add`,
 * which costs more than all the rest of counting; a collection needs the sum only.
 */
class PendingCounts {
  readonly #values = new Map<Series, number>();

  add({ series, value }: Increment): void {
    // One value that is no number would take the good ones with it.
    if (!Number.isFinite(value)) return;
    this.#values.set(series, (this.#values.get(series) ?? 0) + value);
  }

  flush(write: (increment: Increment) => void): void {
    for (const [series, value] of this.#values) write({ series, value });
    this.#values.clear();
  }
}

function options(metric: MetricRow) {
  return {
    description: metric.help,
    unit: metric.unit,
    // An integer counter drops NaN; in a double one it would stay for ever. In a gauge NaN marks a series that ended.
    valueType:
      metric.kind === 'counter' || (metric.kind === 'observableCounter' && !metric.double)
        ? ValueType.INT
        : ValueType.DOUBLE,
    ...(metric.buckets ? { advice: { explicitBucketBoundaries: [...metric.buckets] } } : {}),
  };
}

/**
 * The series that one gauge ever had. The SDK exports each of them for ever
 * (https://github.com/open-telemetry/opentelemetry-js/issues/4096), so one that is no longer read is observed as NaN,
 * and `outgoing` drops it.
 */
class GaugeSeries {
  readonly #seen = new Set<Readonly<Record<string, string>>>();
  readonly #values: Map<object, number>;

  constructor(values: Map<object, number>) {
    this.#values = values;
  }

  begin(): void {
    for (const labels of this.#seen) this.#values.set(labels, Number.NaN);
  }

  set(labels: Readonly<Record<string, string>>, value: number): void {
    this.#seen.add(labels);
    this.#values.set(labels, value);
  }

  *ended(): Iterable<Readonly<Record<string, string>>> {
    for (const labels of this.#seen) if (Number.isNaN(this.#values.get(labels))) yield labels;
  }
}

function report(
  result: ObservableResult,
  key: MetricKey,
  reading: Reading<MetricKey> | undefined,
  gauge: GaugeSeries | undefined,
): void {
  gauge?.begin();
  const readings = typeof reading === 'number' ? [[reading, {}] as const] : (reading ?? []);
  for (const [value, given] of readings) {
    const { labels } = series(key, given as Record<string, string>);
    gauge?.set(labels, value);
    result.observe(value, labels);
  }
  for (const labels of gauge?.ended() ?? []) result.observe(Number.NaN, labels);
}

/** The label sets that a metric shows before the first event: the product of its labels' zero values. */
export function zeroSeries(metric: MetricRow, supplied: SuppliedValues): Record<string, string>[] {
  let sets: Record<string, string>[] = [{}];
  for (const [key, label] of Object.entries(metric.labels)) {
    if ('optional' in label) continue;
    const values = 'values' in label ? (label.zero ?? label.values) : suppliedZero(label, supplied);
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [key]: value })));
  }
  return sets;
}

function suppliedZero(label: { from: keyof SuppliedValues | 'run'; zero?: false }, supplied: SuppliedValues) {
  return label.from === 'run' || label.zero === false ? [] : supplied[label.from];
}
