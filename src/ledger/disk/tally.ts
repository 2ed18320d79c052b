import type { Increment, Series } from '../../../instrumentation/increments.ts';
import { row } from '../../../instrumentation/metrics.ts';
import { plus, type Total } from '../../../instrumentation/totals.ts';
import { SeriesCounts } from '../series-counts.ts';
import { admit, overflow, type SeriesLimit } from '../series-limit.ts';
import type { State } from './state.ts';

/** The totals that one batch moves, and by how much. */
export class Tally {
  readonly #before: State;
  readonly #limit: SeriesLimit;
  readonly #totals = new Map<string, { readonly series: Series; total: Total; added: number }>();
  /** With those that the batch adds. */
  readonly #counts: SeriesCounts;
  readonly #recorded: Increment[] = [];
  newSeries = 0;

  /** `maxSeries` is the most that labels on request may bring a metric to. */
  constructor(before: State, maxSeries?: number) {
    this.#before = before;
    this.#counts = new SeriesCounts(before.seriesCounts);
    const has = (id: string) => before.totals.has(id) || this.#totals.has(id);
    this.#limit = { known: { has, counts: this.#counts }, maxSeries };
  }

  count(increment: Increment): void {
    const series = admit(increment, this.#limit);
    this.#count(series, increment.value);
    const more = overflow(increment, series);
    if (more) this.#count(more.series, more.value);
  }

  #count(series: Series, value: number): void {
    const metric = row(series.metric);
    const known = this.#totals.get(series.id);
    const before = this.#before.totals.get(series.id);
    const total = plus(known?.total ?? before, metric, value);
    if (known) {
      known.total = total;
      known.added += value;
    } else {
      this.#totals.set(series.id, { series, total, added: value });
      if (!before) {
        this.newSeries++;
        this.#counts.add(series.id);
      }
    }
    if (metric.kind === 'histogram') this.#recorded.push({ series, value });
  }

  /** One increment for each counter's series, and each value of a histogram. */
  get increments(): readonly Increment[] {
    const sums: Increment[] = [];
    for (const { series, added } of this.#totals.values()) {
      if (row(series.metric).kind !== 'histogram') sums.push({ series, value: added });
    }
    return [...sums, ...this.#recorded];
  }

  /** The totals as they are after the batch, by series id. */
  *totals(): Generator<[id: string, total: Total]> {
    for (const [id, { total }] of this.#totals) yield [id, total];
  }

  /** Moves the state's totals, once the batch is durable. */
  settle(): void {
    const { totals, seriesCounts } = this.#before;
    for (const [id, { total }] of this.#totals) {
      if (!totals.has(id)) seriesCounts.add(id);
      totals.set(id, total);
    }
  }
}
