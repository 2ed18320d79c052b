import { type CounterKey, type HistogramKey, type LabelsOf, METRICS, type MetricKey } from './metrics.ts';

/** One series of a metric: its labels are final, and its `id` is the key of its total in the ledger. */
export interface Series {
  readonly metric: MetricKey;
  readonly labels: Readonly<Record<string, string>>;
  /** `name{"key":"value"}` with the keys in the table's order. */
  readonly id: string;
}

/** What one event adds to one series: a count, or one recorded value of a histogram. */
export interface Increment {
  readonly series: Series;
  readonly value: number;
}

// The SDK keeps attribute objects by reference, so each series has one frozen object for the life of the process.
const interned = new Map<MetricKey, Map<string, Series>>();

/** The one series object of a metric and its labels. Label values come from closed sets, so the memory is bounded. */
export function series(metric: MetricKey, labels: Readonly<Record<string, string>>): Series {
  let ofMetric = interned.get(metric);
  if (!ofMetric) interned.set(metric, (ofMetric = new Map()));
  // One value is its own key: putting texts together for each event would cost more than counting it.
  let values: string | undefined;
  for (const key in METRICS[metric].labels) values = values === undefined ? labels[key] : `${values}\0${labels[key]}`;
  const lookup = values ?? '';
  let known = ofMetric.get(lookup);
  if (!known) ofMetric.set(lookup, (known = create(metric, labels)));
  return known;
}

function create(metric: MetricKey, labels: Readonly<Record<string, string>>): Series {
  const ordered = Object.keys(METRICS[metric].labels).map((key) => [key, labels[key] ?? ''] as const);
  const frozen = Object.freeze(Object.fromEntries(ordered));
  return Object.freeze({ metric, labels: frozen, id: seriesId(METRICS[metric].name, ordered) });
}

/** The key of a series in the ledger. It names the instrument, so a total outlives a renamed row. */
export function seriesId(name: string, labels: readonly (readonly [string, string])[]): string {
  return labels.length === 0 ? name : `${name}${JSON.stringify(Object.fromEntries(labels))}`;
}

/** The labels in a series id, or `undefined` where it is the id of another metric or of other labels. */
export function seriesLabels(id: string, name: string, keys: readonly string[]): Record<string, string> | undefined {
  if (keys.length === 0) return id === name ? {} : undefined;
  if (!id.startsWith(`${name}{`)) return undefined;
  const labels = JSON.parse(id.slice(name.length)) as Record<string, string>;
  const found = Object.keys(labels);
  return found.length === keys.length && keys.every((key) => Object.hasOwn(labels, key)) ? labels : undefined;
}

type LabelArgs<K extends MetricKey> = keyof LabelsOf<K> extends never ? [] : [labels: LabelsOf<K>];

/** One more event in a counter's series. */
export function add<K extends CounterKey>(metric: K, ...[labels]: LabelArgs<K>): Increment {
  return { series: series(metric, (labels ?? {}) as Record<string, string>), value: 1 };
}

/** One value, in the metric's unit, in a histogram's series. */
export function observe<K extends HistogramKey>(metric: K, value: number, ...[labels]: LabelArgs<K>): Increment {
  return { series: series(metric, (labels ?? {}) as Record<string, string>), value };
}
