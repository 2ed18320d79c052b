import { type Increment, type Series, series } from '../../../instrumentation/increments.ts';
import { budget, row } from '../../../instrumentation/metrics.ts';
import { plus, type Total } from '../../../instrumentation/totals.ts';
import { nameOf, type State } from './state.ts';

/** The totals that one batch moves, and by how much. */
export class Tally {
  readonly #before: State;
  readonly #totals = new Map<string, { readonly series: Series; total: Total; added: number }>();
  readonly #recorded: Increment[] = [];

  constructor(before: State) {
    this.#before = before;
  }

  count(increment: Increment): void {
    const admitted = this.#admit(increment.series);
    const metric = row(admitted.metric);
    const known = this.#totals.get(admitted.id);
    const total = plus(known?.total ?? this.#before.totals.get(admitted.id), metric, increment.value);
    if (known) {
      known.total = total;
      known.added += increment.value;
    } else this.#totals.set(admitted.id, { series: admitted, total, added: increment.value });
    if (metric.kind === 'histogram') this.#recorded.push({ series: admitted, value: increment.value });
  }

  /** A series beyond its metric's budget becomes the one whose labels are all `other`. */
  #admit(wanted: Series): Series {
    if (this.#before.totals.has(wanted.id) || this.#totals.has(wanted.id)) return wanted;
    const limit = budget(row(wanted.metric));
    if (limit === undefined) return wanted;
    const name = row(wanted.metric).name;
    let known = this.#before.seriesOf.get(name) ?? 0;
    for (const id of this.#totals.keys()) if (nameOf(id) === name && !this.#before.totals.has(id)) known++;
    if (known < limit) return wanted;
    return series(wanted.metric, Object.fromEntries(Object.keys(wanted.labels).map((key) => [key, 'other'])));
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

  get newSeries(): number {
    let count = 0;
    for (const id of this.#totals.keys()) if (!this.#before.totals.has(id)) count++;
    return count;
  }

  /** Moves the state's totals, once the batch is durable. */
  settle(): void {
    const { totals, seriesOf } = this.#before;
    for (const [id, { series, total }] of this.#totals) {
      const name = row(series.metric).name;
      if (!totals.has(id)) seriesOf.set(name, (seriesOf.get(name) ?? 0) + 1);
      totals.set(id, total);
    }
  }
}
