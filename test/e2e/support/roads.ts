/** One sample of a series, as a Prometheus page or a Prometheus server shows it. */
export interface Point {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All that one road brings: the samples, and what is said about each metric. */
export interface Road {
  readonly points: readonly Point[];
  readonly type: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly unit: ReadonlyMap<string, string>;
}

/** A scrape page in Prometheus' text format. */
export function readPage(page: string): Road {
  const points: Point[] = [];
  const type = new Map<string, string>();
  const help = new Map<string, string>();
  const unit = new Map<string, string>();
  for (const line of page.split('\n')) {
    const [, kind, name, rest] = /^# (TYPE|HELP|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (name && kind === 'TYPE') type.set(name, rest!);
    else if (name && kind === 'HELP') help.set(name, rest!);
    else if (name) unit.set(name, rest!);
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) continue;
    const labels = [...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [k!, v!] as const);
    points.push({
      name: sample[1]!,
      labels: Object.fromEntries(labels),
      value: Number(sample[3]!.replace('Inf', 'Infinity')),
    });
  }
  return { points, type, help, unit };
}

/**
 * Everything that a Prometheus server has of a job. It runs with the feature type-and-unit-labels, which is all that it
 * keeps of what came by OTLP; the help is of its API for metadata, which knows scraped targets only.
 * https://prometheus.io/docs/prometheus/latest/feature_flags/#type-and-unit-labels
 */
export async function readServer(url: string, job: string): Promise<Road> {
  const ask = async (path: string) => ((await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: never }).data;
  const { result } = (await ask(`query?query=${encodeURIComponent(`{job="${job}"}`)}`)) as {
    result: { metric: Record<string, string>; value: [number, string] }[];
  };
  const type = new Map<string, string>();
  const unit = new Map<string, string>();
  const points = result.map(({ metric, value }) => {
    const { __name__: name = '', __type__: kind = '', __unit__: measure = '', ...labels } = metric;
    const family = kind === 'histogram' ? name.replace(/_(?:bucket|sum|count)$/, '') : name;
    type.set(family, kind);
    unit.set(family, measure);
    return { name, labels, value: Number(value[1].replace('Inf', 'Infinity')) };
  });
  const { activeTargets } = (await ask('targets')) as { activeTargets: { labels: Record<string, string> }[] };
  const scraped = activeTargets.some(({ labels }) => labels['job'] === job);
  const metadata: Record<string, { help: string }[]> = scraped ? await ask('metadata') : {};
  const help = new Map(Object.entries(metadata).map(([name, [first]]) => [name, first!.help]));
  return { points, type, help, unit };
}

/** A label that a road adds because a specification says so; nothing else may differ. */
export interface Forced {
  readonly labels: readonly string[];
  readonly reason: string;
}

/** Series as comparable text: name and labels, without those that are forced. */
export function seriesOf({ points }: Road, forced: readonly Forced[], wanted: (name: string) => boolean) {
  const dropped = new Set(forced.flatMap(({ labels }) => labels));
  const series = new Map<string, number>();
  for (const { name, labels, value } of points) {
    if (!wanted(name)) continue;
    const kept = Object.entries(labels)
      .filter(([key]) => !dropped.has(key))
      // A bound is a number: 1 and 1.0 are the same.
      .map(([key, text]) => `${key}="${key === 'le' && text !== '+Inf' ? Number(text) : text}"`)
      .sort();
    const key = `${name}{${kept.join(',')}}`;
    if (series.has(key)) throw new Error(`${key} is there twice`);
    series.set(key, value);
  }
  return series;
}
