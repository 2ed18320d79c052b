import { type LabelsOf, METRICS, type MetricKey, type Metrics } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';

type Matcher<V> = V | readonly V[] | { readonly not: readonly V[] } | { readonly like: string };
type Requestable<K extends MetricKey> = Metrics[K] extends { readonly takes: readonly (infer L extends string)[] }
  ? L
  : never;
type Matchers<K extends MetricKey> = { readonly [L in keyof LabelsOf<K>]?: Matcher<LabelsOf<K>[L]> } & {
  readonly [L in Requestable<K>]?: Matcher<string>;
};

type Part = '' | '_bucket' | '_sum' | '_count';

/**
 * A PromQL selector of one metric of the table, of the jobs and agents that the dashboard's reader chose. A wrong name, label or
 * value is a compile error. `part` is the one of a histogram that is asked for.
 */
export function series<K extends MetricKey>(key: K, matchers: Matchers<K> = {}, part: Part = ''): string {
  const name = prometheusName(METRICS[key]) + part;
  const written = Object.entries(matchers).map(([label, matcher]) => label.replaceAll('.', '_') + match(matcher));
  return `${name}{${[...written, 'job=~"$job"', 'instance=~"$instance"'].join(',')}}`;
}

function match(matcher: Matcher<string> | unknown): string {
  if (typeof matcher === 'string') return `="${matcher}"`;
  if (Array.isArray(matcher)) return `=~"${matcher.join('|')}"`;
  const { not, like } = matcher as { not?: readonly string[]; like?: string };
  return not ? `!~"${not.join('|')}"` : `=~"${like}"`;
}

const by = (label: string | undefined) => (label ? ` by (${label})` : '');

/** How much a counter grew over the dashboard's time range. */
export const grown = (selector: string, label?: string): string => `sum${by(label)} (increase(${selector}[$__range]))`;

/** How fast a counter grows, per minute. */
export const perMinute = (selector: string, label?: string): string =>
  `sum${by(label)} (rate(${selector}[$__rate_interval])) * 60`;

/**
 * How much a counter grew whose series appear with their first event. increase() cannot see the first value of a
 * series; the difference to the range's beginning can, taking a series that was absent then as 0.
 */
export function grownFromNothing(selector: string, label: string): string {
  const now = `sum by (${label}) (${selector})`;
  return `${now} - (sum by (${label}) (${selector} offset $__range) or ${now} * 0)`;
}

/** How fast something grows, per second: the denominator and the numerator of a mean. */
export const perSecond = (selector: string, range: Range = '$__rate_interval'): string =>
  `sum(rate(${selector}[${range}]))`;

type Range = '$__rate_interval' | '$__range';

/** The value that so many percent of what a histogram observed stayed below. */
export const quantile = (buckets: string, percent: number, range: Range = '$__rate_interval'): string =>
  `histogram_quantile(${percent / 100}, sum by (le) (rate(${buckets}[${range}])))`;

/** Several of them, each with its name in the label `quantile`. */
export const quantiles = (buckets: string, ...percents: readonly number[]): string =>
  percents.map((percent) => named(quantile(buckets, percent), 'quantile', `p${percent}`)).join(' or ');

/** The same expression with a label, so that several can stand in one panel. */
export const named = (expr: string, label: string, value: string): string =>
  `label_replace(${expr}, "${label}", "${value}", "", "")`;

/** How many there are now, by phase. */
export const now = (selector: string, label?: string): string => `sum${by(label)} (${selector})`;

/** `part / (part + rest)`, and nothing while both are 0. Each side must be summed to the same labels. */
export const share = (part: string, rest: string): string => `${part} / (${part} + ${rest} > 0)`;
