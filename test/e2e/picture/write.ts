/**
 * `npm run picture`: the picture in README.md, drawn from the answers of a real Prometheus to the queries of the overview.
 * A real agent gets six hours of callbacks in quick motion; its own pages are what Prometheus has scraped.
 */
import { writeFileSync } from 'node:fs';
import { overview } from '../../../grafana/src/overview.ts';
import { prometheusWith } from '../../demo/answers.ts';
import { tell } from '../../demo/story.ts';
import { panelsOf } from '../../grafana/panels.ts';
import { type Drawn, draw, type Line } from './draw.ts';

const END = Date.UTC(2026, 9, 14, 18) / 1_000;
const STEP = 120;

const MINUTES = 360;
const INCIDENT = { from: 205, until: 245 };

const story = { ...INCIDENT, minutes: MINUTES, rate: 0.4, everyS: 60, beforeS: 60, alerts: [] };
const { scraped } = await tell('outage', '2026', story, END * 1_000);
const prometheus = await prometheusWith(scraped);

/** A panel of the overview: its query as Grafana would send it. */
function panelNamed(title: string) {
  const panel = panelsOf(overview).find((each) => each.title === title);
  if (!panel) throw new Error(`the overview has no panel ${title}`);
  const [target] = panel.targets as unknown as { expr: string }[];
  const expr = target!.expr
    .replaceAll('$__rate_interval', '10m')
    .replaceAll('$__range', `${MINUTES}m`)
    .replaceAll(/\$(?:job|instance)/g, '.+');
  const steps = panel.fieldConfig?.defaults?.thresholds?.steps ?? [];
  return { title, expr, unit: panel.fieldConfig?.defaults?.unit ?? 'short', steps };
}

async function number(name: string): Promise<Drawn> {
  const { title, expr, unit, steps } = panelNamed(name);
  const value = (await prometheus.query(expr, END))[0]?.value;
  const reached = steps.filter((step) => step.value === null || (value ?? 0) >= step.value).at(-1)?.color;
  return { kind: 'number', title, unit, value, ...(reached ? { color: reached } : {}) };
}

async function lines(name: string, legend: string): Promise<Drawn> {
  const { title, expr, unit } = panelNamed(name);
  const asked = new URLSearchParams({
    query: expr,
    start: `${END - (MINUTES - 10) * 60}`,
    end: `${END}`,
    step: `${STEP}`,
  });
  const answer = await fetch(`${prometheus.url}/api/v1/query_range?${asked}`);
  const { data } = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  const all: Line[] = data.result.map(({ metric, values }) => ({
    name: metric[legend] ?? legend,
    points: values.map(([seconds, value]) => ({ seconds, value: Number(value) })),
  }));
  // Statuses that never came would only fill the legend, and as many are queued as are sent.
  return {
    kind: 'lines',
    title,
    unit,
    lines: all.filter(({ name, points }) => name !== 'queued' && points.some(({ value }) => value > 0)),
  };
}

async function bars(name: string, legend: string): Promise<Drawn> {
  const { title, expr, unit } = panelNamed(name);
  const found = (await prometheus.query(expr, END)).map(({ labels, value }) => ({ name: labels[legend]!, value }));
  const shown = found.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  return { kind: 'bars', title, unit, bars: shown };
}

const NUMBERS = [
  'Delivery success',
  'Messages delivered',
  'Messages failed',
  'Calls completed',
  'Calls failed',
  'Callbacks refused',
];
const rows = [
  await Promise.all(NUMBERS.map(number)),
  await Promise.all([lines('Message volume', 'status'), lines('Delivery success over time', 'delivered')]),
  await Promise.all([bars('Failures by error code', 'error_code'), bars('Calls by outcome', 'status')]),
];
await prometheus.stop();
writeFileSync(
  new URL('../../../docs/overview.svg', import.meta.url),
  draw(overview.title!, 'six hours of callbacks, as Prometheus answers', rows),
);
