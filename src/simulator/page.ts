import { COMPARED, seriesName } from './expected.ts';

/** The value of each series, by its name and the labels that count. */
export type Page = ReadonlyMap<string, number>;

const LINE = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_]\w*)="((?:[^"\\]|\\.)*)"/gi;

/** Reads what is compared from a scrape page. Series that differ in another label are added up. */
export function readPage(text: string): Page {
  const page = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = LINE.exec(line) ?? [];
    const keys = COMPARED.get(name);
    if (!keys) continue;
    const found = Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, text]) => [key, text]));
    const kept = keys.flatMap((key) => (found[key] === undefined ? [] : [[key, found[key]] as const]));
    const series = seriesName(name, Object.fromEntries(kept));
    page.set(series, (page.get(series) ?? 0) + Number(value));
  }
  return page;
}

export interface Difference {
  readonly series: string;
  readonly expected: number;
  readonly found: number;
}

/** Where what a page grew by is not what was expected of it. A sum of seconds may differ by what adding up cuts off. */
export function differences(before: Page, after: Page, expected: ReadonlyMap<string, number>): Difference[] {
  const names = [...new Set([...after.keys(), ...expected.keys()])].sort();
  return names.flatMap((series) => {
    const found = Math.round(((after.get(series) ?? 0) - (before.get(series) ?? 0)) * 1_000) / 1_000;
    const wanted = expected.get(series) ?? 0;
    return Math.abs(found - wanted) > 0.002 ? [{ series, expected: wanted, found }] : [];
  });
}

/** The differences for a person. */
export function describeDifferences(found: readonly Difference[]): string {
  const width = Math.max(...found.map(({ series }) => series.length), 'series'.length);
  const row = (series: string, ...figures: (string | number)[]) =>
    `  ${series.padEnd(width)}${figures.map((figure) => String(figure).padStart(12)).join('')}`;
  const rows = found.map(({ series, expected, found: is }) => row(series, expected, is, is - expected));
  return [row('series', 'expected', 'found', 'too many'), ...rows].join('\n');
}
