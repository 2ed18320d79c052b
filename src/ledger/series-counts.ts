import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';

/** How many series each metric has, those with labels on request apart from the others. */
export class SeriesCounts {
  readonly #before: SeriesCounts | undefined;
  readonly #plain = new Map<string, number>();
  readonly #requested = new Map<string, number>();

  /** `before` are those that are counted besides. */
  constructor(before?: SeriesCounts) {
    this.#before = before;
  }

  /** One more, by its id. */
  add(id: string): void {
    const name = nameOf(id);
    const counts = hasRequested(id, name) ? this.#requested : this.#plain;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  plain(name: string): number {
    return (this.#plain.get(name) ?? 0) + (this.#before?.plain(name) ?? 0);
  }

  requested(name: string): number {
    return (this.#requested.get(name) ?? 0) + (this.#before?.requested(name) ?? 0);
  }
}

/** The instrument's name in a series id. */
export function nameOf(id: string): string {
  const at = id.indexOf('{');
  return at === -1 ? id : id.slice(0, at);
}

const OWN_LABELS = new Map(METRIC_KEYS.map((key) => [row(key).name, Object.keys(row(key).labels).length]));

function hasRequested(id: string, name: string): boolean {
  const own = OWN_LABELS.get(name);
  return own !== undefined && id.length > name.length && Object.keys(JSON.parse(id.slice(name.length))).length > own;
}
