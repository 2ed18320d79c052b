import { type Histogram, type Meter, type ObservableResult, ValueType } from '@opentelemetry/api';
import { type Increment, series } from './increments.ts';
import {
  type GaugeKey,
  type LabelsOf,
  METRIC_KEYS,
  type MetricKey,
  type MetricRow,
  type ObservableKey,
  row,
  type SuppliedValues,
} from './metrics.ts';

/** What an observable instrument reports at a collection: one number, or a number for each set of labels. */
export type Reading<K extends MetricKey> = number | Iterable<readonly [value: number, labels: LabelsOf<K>]>;

export interface Instruments {
  /** Adds counts and records values. The only way in for everything that is counted. */
  record(increments: readonly Increment[]): void;
  /** Sets the function that an observable instrument calls at each collection; `undefined` reports nothing. */
  observe<K extends ObservableKey>(metric: K, read: () => Reading<K> | undefined): void;
  /** Sets a gauge to a value. */
  set<K extends GaugeKey>(metric: K, value: number, labels: LabelsOf<K>): void;
}

/** Creates every instrument of the table, in its order, with the zero series of its counters. */
export function createInstruments(meter: Meter, supplied: SuppliedValues): Instruments {
  const record = new Map<MetricKey, (value: number, labels: Readonly<Record<string, string>>) => void>();
  const readers = new Map<MetricKey, () => Reading<MetricKey> | undefined>();
  for (const key of METRIC_KEYS) {
    const metric = row(key);
    if (metric.kind === 'counter') {
      const counter = meter.createCounter(metric.name, options(metric));
      for (const labels of zeroSeries(metric, supplied)) counter.add(0, series(key, labels).labels);
      record.set(key, (value, labels) => counter.add(value, labels));
    } else if (metric.kind === 'histogram') {
      const histogram: Histogram = meter.createHistogram(metric.name, options(metric));
      record.set(key, (value, labels) => histogram.record(value, labels));
    } else if (metric.kind === 'gauge') {
      const gauge = meter.createGauge(metric.name, options(metric));
      record.set(key, (value, labels) => gauge.record(value, labels));
    } else {
      const observable =
        metric.kind === 'observableGauge'
          ? meter.createObservableGauge(metric.name, options(metric))
          : meter.createObservableCounter(metric.name, options(metric));
      observable.addCallback((result) => report(result, key, readers.get(key)?.()));
    }
  }
  return {
    record(increments) {
      for (const { series, value } of increments) record.get(series.metric)?.(value, series.labels);
    },
    observe(metric, read) {
      readers.set(metric, read as () => Reading<MetricKey>);
    },
    set(metric, value, labels) {
      record.get(metric)?.(value, series(metric, labels as Record<string, string>).labels);
    },
  };
}

function options(metric: MetricRow) {
  return {
    description: metric.help,
    unit: metric.unit,
    // An integer counter drops NaN; in a double one it would stay for ever.
    valueType: metric.double || metric.kind === 'histogram' ? ValueType.DOUBLE : ValueType.INT,
    ...(metric.buckets ? { advice: { explicitBucketBoundaries: [...metric.buckets] } } : {}),
  };
}

function report(result: ObservableResult, key: MetricKey, reading: Reading<MetricKey> | undefined): void {
  if (reading === undefined) return;
  if (typeof reading === 'number') return result.observe(reading);
  for (const [value, labels] of reading) result.observe(value, series(key, labels as Record<string, string>).labels);
}

/** The label sets that a metric shows before the first event: the product of its labels' zero values. */
export function zeroSeries(metric: MetricRow, supplied: SuppliedValues): Record<string, string>[] {
  let sets: Record<string, string>[] = [{}];
  for (const [key, label] of Object.entries(metric.labels)) {
    const values = 'values' in label ? (label.zero ?? label.values) : suppliedZero(label, supplied);
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [key]: value })));
  }
  return sets;
}

function suppliedZero(label: { from: keyof SuppliedValues | 'run'; zero?: false }, supplied: SuppliedValues) {
  return label.from === 'run' || label.zero === false ? [] : supplied[label.from];
}
