import {
  type CounterKey,
  type HistogramKey,
  type LabelsOf,
  METRICS,
  type MetricKey,
  type MetricRow,
  row,
} from './metrics.ts';
import { REQUESTED_KEYS, type Requested, type RequestedLabel, requestedOf } from './requested.ts';

type Labels = Readonly<Record<string, string>>;

/** One series of a metric: its labels are final, and its `id` is the key of its total in the ledger. */
export interface Series {
  readonly metric: MetricKey;
  readonly labels: Labels;
  /** `name{"key":"value"}` with the keys in the table's order, those on request behind the others. */
  readonly id: string;
}

/** What one event adds to one series: a count, or one recorded value of a histogram. */
export interface Increment {
  readonly series: Series;
  readonly value: number;
  /** The labels on request that the series is still to get: the ledger decides whether there is room for one more. */
  readonly requested?: Requested;
}

// The SDK keeps attribute objects by reference, so each series has one frozen object for the life of the process.
const interned = new Map<MetricKey, Interned>();
/** The series with labels on request, by the one without and by their text. */
const withLabels = new Map<Series, Map<string, Series>>();

/** What is known of one metric: its own labels' keys, and its series by the values of these. */
interface Interned {
  readonly keys: readonly string[];
  readonly known: Map<string, Series>;
}

/** The one series object of a metric and its labels. Label values come from closed sets, so the memory is bounded. */
export function series(metric: MetricKey, labels: Labels): Series {
  let ofMetric = interned.get(metric);
  if (!ofMetric) interned.set(metric, (ofMetric = { keys: Object.keys(METRICS[metric].labels), known: new Map() }));
  const { keys, known } = ofMetric;
  // One value is its own key: putting texts together for each event would cost more than counting it.
  const values = keys.length === 1 ? (labels[keys[0]!] ?? '') : keys.map((key) => labels[key]).join('\0');
  let one = known.get(values);
  if (!one) known.set(values, (one = create(metric, keys, labels)));
  return one;
}

/** The same of labels as a total has them, with those on request. */
export function savedSeries(metric: MetricKey, labels: Labels): Series {
  const plain = series(metric, labels);
  const requested: Partial<Record<RequestedLabel, string>> = {};
  for (const key of row(metric).takes ?? []) if (labels[key] !== undefined) requested[key] = labels[key];
  return requestedSeries(plain, requestedOf(requested));
}

/** The series that this one becomes with labels on request. Whoever asks for it has made sure that there is room for it. */
export function requestedSeries(plain: Series, { values, text }: Requested): Series {
  if (text === '') return plain;
  let ofPlain = withLabels.get(plain);
  if (!ofPlain) withLabels.set(plain, (ofPlain = new Map()));
  let known = ofPlain.get(text);
  if (!known) {
    const { metric } = plain;
    const labels = { ...plain.labels, ...values };
    ofPlain.set(text, (known = create(metric, labelKeys(row(metric), labels), labels)));
  }
  return known;
}

/** The same, if there is one already. */
export const knownRequested = (plain: Series, { text }: Requested): Series | undefined =>
  withLabels.get(plain)?.get(text);

/** The same, if it has a total: one of a former process has, and is made here for the first time. */
export function savedRequested(plain: Series, requested: Requested, has: (id: string) => boolean): Series | undefined {
  const labels = { ...plain.labels, ...requested.values };
  const { id } = create(plain.metric, labelKeys(row(plain.metric), labels), labels);
  return has(id) ? requestedSeries(plain, requested) : undefined;
}

function create(metric: MetricKey, keys: readonly string[], labels: Labels): Series {
  // A label that says nothing, such as the status of an answer that never came, is left out.
  const ordered = keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  const frozen = Object.freeze(Object.fromEntries(ordered));
  return Object.freeze({ metric, labels: frozen, id: seriesId(METRICS[metric].name, ordered) });
}

/** The keys of some labels in the order in which they stand in a series id: the metric's own, then those on request. */
export function labelKeys({ labels, takes }: MetricRow, given: Readonly<Record<string, unknown>>): readonly string[] {
  const own = Object.keys(labels);
  if (!takes) return own;
  return [...own, ...REQUESTED_KEYS.filter((key) => given[key] !== undefined && takes.includes(key))];
}

/** The key of a series in the ledger. It names the instrument, so a total outlives a renamed row. */
export function seriesId(name: string, labels: readonly (readonly [string, string])[]): string {
  return labels.length === 0 ? name : `${name}${JSON.stringify(Object.fromEntries(labels))}`;
}

/** The labels in a series id, or `undefined` where it is the id of another metric or of other labels. */
export function seriesLabels(
  id: string,
  { name, labels, takes = [] }: Pick<MetricRow, 'name' | 'labels' | 'takes'>,
): Record<string, string> | undefined {
  const own = Object.keys(labels);
  if (id === name) return own.length === 0 ? {} : undefined;
  if (!id.startsWith(`${name}{`)) return undefined;
  const found = JSON.parse(id.slice(name.length)) as Record<string, string>;
  const besides = Object.keys(found).filter((key) => !own.includes(key));
  const whole = own.every((key) => Object.hasOwn(found, key));
  return whole && besides.every((key) => takes.includes(key as RequestedLabel)) ? found : undefined;
}

/** The same increments with labels on request, where their metrics take them. */
export function labelled(increments: readonly Increment[], requested: Requested): readonly Increment[] {
  if (requested.text === '') return increments;
  return increments.map((each) =>
    row(each.series.metric).takes ? { series: each.series, value: each.value, requested } : each,
  );
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
