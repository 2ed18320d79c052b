import { METRICS, type MetricKey } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a scrape page, to be asked by the metrics of the table. */
export class Samples {
  readonly #of = new Map<string, Sample[]>();

  constructor(page: string) {
    for (const line of page.split('\n')) {
      const [, name, labels = '', value] = LINE.exec(line) ?? [];
      if (name === undefined) continue;
      const pairs = [...labels.matchAll(LABEL)].map(([, key, text]) => [key!, text!] as const);
      const sample = { labels: Object.fromEntries(pairs), value: Number(value) };
      const known = this.#of.get(name);
      if (known) known.push(sample);
      else this.#of.set(name, [sample]);
    }
  }

  all(metric: MetricKey, part = ''): readonly Sample[] {
    return this.#of.get(prometheusName(METRICS[metric]) + part) ?? [];
  }

  /** The sum of all series that have these labels; 0 where there are none. */
  sum(metric: MetricKey, where: Readonly<Record<string, string | readonly string[]>> = {}): number {
    const wanted = Object.entries(where);
    return this.all(metric)
      .filter(({ labels }) => wanted.every(([key, value]) => [value].flat().includes(labels[key] ?? '')))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** The sums by one label, the largest first, without those that are 0. */
  by(metric: MetricKey, label: string): [value: string, sum: number][] {
    const sums = new Map<string, number>();
    for (const { labels, value } of this.all(metric))
      sums.set(labels[label] ?? '', (sums.get(labels[label] ?? '') ?? 0) + value);
    return [...sums].filter(([, sum]) => sum > 0).sort(([, a], [, b]) => b - a);
  }

  /** The boundary that so large a part of what a histogram observed stayed below; `undefined` where it observed nothing. */
  atMost(metric: MetricKey, part: number): number | undefined {
    const buckets = new Map<number, number>();
    for (const { labels, value } of this.all(metric, '_bucket')) {
      const boundary = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
      buckets.set(boundary, (buckets.get(boundary) ?? 0) + value);
    }
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    const all = sorted.at(-1)?.[1] ?? 0;
    return all === 0 ? undefined : sorted.find(([, count]) => count >= all * part)?.[0];
  }
}
