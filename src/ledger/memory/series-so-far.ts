import type { Increment, Series } from '../../../instrumentation/increments.ts';
import { SeriesCounts } from '../series-counts.ts';
import { admit, overflow, type SeriesLimit } from '../series-limit.ts';

/** The series that this process counted in, where labels on request could make too many of them. */
export class SeriesSoFar {
  readonly #ids = new Set<string>();
  readonly #counts = new SeriesCounts();
  readonly #limit: SeriesLimit;

  constructor(maxSeries: number | undefined) {
    this.#limit = { known: { has: (id) => this.#ids.has(id), counts: this.#counts }, maxSeries };
  }

  /** The increment in the series that it may have. */
  admitted(increment: Increment): Increment[] {
    const series = this.#noted(admit(increment, this.#limit));
    const more = overflow(increment, series);
    return [{ series, value: increment.value }, ...(more ? [more] : [])];
  }

  #noted(series: Series): Series {
    if (this.#ids.has(series.id)) return series;
    this.#ids.add(series.id);
    this.#counts.add(series.id);
    return series;
  }
}
