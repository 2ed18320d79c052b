import type { Histogram, Meter, MetricOptions } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Series } from './increments.ts';
import { METRICS } from './metrics.ts';

/**
 * Series of histograms that have labels. The SDK serialises the labels for each value that is recorded, which costs more than reading
 * the body of a callback; so each series is an instrument without labels, under a name of its own that only lives
 * inside: `folded` makes one metric of them again.
 */
export class BoundHistograms {
  /** The series by the name of its instrument. */
  readonly names = new Map<string, Series>();
  readonly #meter: Meter;
  readonly #instruments = new Map<Series, Histogram>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  record(series: Series, value: number, options: MetricOptions): void {
    let instrument = this.#instruments.get(series);
    if (!instrument) {
      const name = `${METRICS[series.metric].name}/${this.names.size}`;
      instrument = this.#meter.createHistogram(name, options);
      this.names.set(name, series);
      this.#instruments.set(series, instrument);
    }
    instrument.record(value);
  }
}

/** The metrics with one for all series of a histogram, where its first one stood. */
export function folded(metrics: readonly MetricData[], names: ReadonlyMap<string, Series>): MetricData[] {
  const whole = new Map<string, MetricData>();
  for (const metric of metrics) {
    const series = names.get(metric.descriptor.name);
    const name = series ? METRICS[series.metric].name : metric.descriptor.name;
    const points = series
      ? metric.dataPoints.map((point) => ({ ...point, attributes: series.labels }))
      : metric.dataPoints;
    const known = whole.get(name);
    if (known) (known.dataPoints as unknown[]).push(...points);
    else
      whole.set(name, { ...metric, descriptor: { ...metric.descriptor, name }, dataPoints: [...points] } as MetricData);
  }
  return [...whole.values()];
}
