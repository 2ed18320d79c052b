import { createHash } from 'node:crypto';
import { MOMENTS } from './history.ts';
import { ago, type Status } from './status.ts';
import { SCRIPT, STYLE } from './style.ts';

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value: string | number): string => String(value).replaceAll(/[&<>"']/g, (char) => HTML[char]!);

const hashed = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;
/** Nothing but this page's own style and script runs, and nothing is fetched but the page itself. */
export const STATUS_CSP = [
  "default-src 'none'",
  `style-src ${hashed(STYLE)}`,
  `script-src ${hashed(SCRIPT)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MARK = { good: '✓', attention: '!', problem: '✕' } as const;
const SAID = { good: 'All right', attention: 'Look at this', problem: 'Something is wrong' } as const;

/** The page of a status: whole without its script, which only fetches it anew. */
export function statusPage(status: Status, links: readonly string[], config: string): string {
  const { state, sentence, todo, command } = status;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(`${SAID[state]}: twilio-otel-agent`)}</title>
<link rel="icon" href="data:,">
<noscript><meta http-equiv="refresh" content="30"></noscript>
<style>${STYLE}</style>
</head>
<body>
<header><h1>twilio-otel-agent</h1><p>${text(status.version)}, up ${text(ago(status.up_seconds).replace(' ago', ''))}, instance <code>${text(status.instance)}</code></p></header>
<main id="live">
<section class="verdict ${state}" aria-labelledby="verdict">
<p class="mark" aria-hidden="true">${MARK[state]}</p>
<div><h2 id="verdict">${text(sentence)}</h2>${todo ? `<p>${text(todo)}</p>` : ''}${command ? `<pre tabindex="0"><code>${text(command)}</code></pre>` : ''}</div>
</section>
${way(status)}
<section class="tiles" aria-label="The last 15 minutes">${status.rates.map(rate).join('')}</section>
<div class="columns">
${outcome('Messages, of all that were counted', 'delivered', status.messages, 'delivery')}
${outcome('Calls, of all that were counted', 'completed', status.calls, 'length')}
</div>
${refusals(status)}
${errors(status)}
${feeds(status)}
<div class="columns">
${list(
  'Ways out',
  status.exporters.map(({ name, is }) => [name, is]),
)}
${list('Ledger', ledger(status))}
${
  status.api.length > 0
    ? list(
        "Twilio's REST API",
        status.api.map(({ operation, is }) => [operation, is]),
      )
    : ''
}
</div>
<p class="at">As of <time datetime="${text(status.at)}">${text(status.at.slice(0, 19).replace('T', ' '))} UTC</time></p>
</main>
<footer>
${list('What runs here', status.facts)}
${config ? `<details><summary>The configuration that it started with, without its secrets</summary><pre tabindex="0"><code>${text(config)}</code></pre></details>` : ''}
<nav aria-label="Other pages">${links.map((link) => `<a href="${text(link)}">${text(link)}</a>`).join(' ')}</nav>
</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const way = ({ way: steps }: Status): string =>
  `<section aria-label="The way of a callback"><ol class="way">${steps
    .map(
      ({ step, is, last_minute }) =>
        `<li><h3>${text(step)}</h3><p>${text(is)}</p>${last_minute ? `<p class="small">${text(last_minute)} in the last minute</p>` : ''}</li>`,
    )
    .join('')}</ol></section>`;

const [WIDTH, HEIGHT] = [240, 48];

function rate({ name, last_minute: count, per_minute: values }: Status['rates'][number]): string {
  const most = Math.max(...values, 1);
  // The right edge is now and the left one a quarter of an hour ago, however long the agent runs.
  const x = (i: number) => WIDTH - ((values.length - 1 - i) / (MOMENTS - 1)) * WIDTH;
  const points = values.map(
    (value, i) => `${x(i).toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 6)).toFixed(1)}`,
  );
  const said = `${name} a minute over the last 15 minutes: at most ${amount(Math.max(...values, 0))}`;
  const line =
    values.length < 2
      ? '<p class="small">a line from the first minute on</p>'
      : `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text(said)}" preserveAspectRatio="none"><polyline points="${points.join(' ')}"/></svg>`;
  return `<div class="tile"><h3>${text(name)}</h3><p class="number">${text(amount(count))}<span> in the last minute</span></p>${line}</div>`;
}

function outcome(title: string, good: string, ended: Status['messages'], what: string): string {
  const rows: [string, string][] = [
    [
      good,
      `${amount(ended.good)}${ended.good_share === undefined ? '' : ` (${(ended.good_share * 100).toFixed(1)}%)`}`,
    ],
    ['failed', amount(ended.failed)],
    ['under way', amount(ended.in_flight)],
    ['overdue', amount(ended.overdue)],
  ];
  if (ended.p95_seconds !== undefined)
    rows.push([
      `${what}, 95%`,
      Number.isFinite(ended.p95_seconds) ? `within ${ended.p95_seconds} s` : 'longer than measured',
    ]);
  return list(title, rows);
}

function refusals({ refusals: rows }: Status): string {
  if (rows.length === 0) return '';
  return `<section><h2>Refused in the last 15 minutes</h2><table class="fixes"><thead><tr><th scope="col">reason</th><th scope="col">how many</th><th scope="col">what to do</th></tr></thead><tbody>${rows
    .map(
      ({ reason, last_15_minutes: count, fix }) =>
        `<tr><th scope="row">${text(reason)}</th><td>${count}</td><td>${text(fix)}</td></tr>`,
    )
    .join('')}</tbody></table></section>`;
}

const errors = ({ errors: rows }: Status): string =>
  rows.length === 0
    ? ''
    : list(
        'Failed messages by category',
        rows.map(({ category, count }) => [category, amount(count)]),
      );

/** What nobody starts without. */
const FIRST = ['message', 'call', 'events'];

function feeds({ feeds: all }: Status): string {
  const sorted = all.toSorted((a, b) => b.counted - a.counted);
  const used = sorted.filter(({ name, counted }) => counted > 0 || FIRST.includes(name));
  const others = sorted.filter((feed) => !used.includes(feed));
  const more =
    others.length > 0
      ? `<details><summary>${others.length} more, of which nothing was counted yet</summary>${urls(others, 'URLs of which nothing was counted yet')}</details>`
      : '';
  return `<section><h2>URLs for Twilio's settings</h2>${urls(used, "URLs for Twilio's settings")}${more}</section>`;
}

function urls(rows: Status['feeds'], label: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${text(label)}"><table><thead><tr><th scope="col">feed</th><th scope="col">URL</th><th scope="col">counted</th><th scope="col">last</th></tr></thead><tbody>${rows
    .map(
      ({ name, url, counted, last_seconds_ago: last }) =>
        `<tr><th scope="row">${text(name)}</th><td><code>${text(url)}</code></td><td>${amount(counted)}</td><td>${last === undefined ? 'not since the start' : text(ago(last))}</td></tr>`,
    )
    .join('')}</tbody></table></div>`;
}

function ledger({ ledger: { is, folder, entries, entries_limit, bytes, window_seconds } }: Status): [string, string][] {
  return [
    ['kept', is],
    ...(folder === undefined ? [] : [['folder', folder] as [string, string]]),
    ['records', `${amount(entries)} of ${amount(entries_limit)}`],
    ['size', bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`],
    ['knows duplicates for', `${(window_seconds / 86_400).toFixed(1)} days`],
  ];
}

const list = (title: string, rows: readonly (readonly [name: string, value: string])[]): string =>
  `<section><h2>${text(title)}</h2><dl>${rows
    .map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`)
    .join('')}</dl></section>`;

const amount = (value: number): string =>
  (value >= 10 ? Math.round(value) : Number(value.toFixed(1))).toLocaleString('en');
