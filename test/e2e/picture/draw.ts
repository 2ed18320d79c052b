/** Draws answers of Prometheus as one SVG: plain shapes, readable on a light and on a dark page. */

export interface Point {
  readonly seconds: number;
  readonly value: number;
}
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}
export interface Bar {
  readonly name: string;
  readonly value: number;
}
interface Panel {
  readonly title: string;
  readonly unit: string;
}
export type Drawn =
  | (Panel & { readonly kind: 'number'; readonly value: number | undefined; readonly color?: string })
  | (Panel & { readonly kind: 'lines'; readonly lines: readonly Line[] })
  | (Panel & { readonly kind: 'bars'; readonly bars: readonly Bar[] });

const WIDTH = 960;
const GAP = 10;
const HEIGHTS = { number: 92, lines: 236, bars: 190 } as const;

/** The colours on a light and on a dark page. Written out, because few but browsers know variables of CSS. */
const PALETTE: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  blue: ['#0969da', '#4493f8'],
  green: ['#1a7f37', '#3fb950'],
  red: ['#cf222e', '#f85149'],
  yellow: ['#9a6700', '#d29922'],
  violet: ['#8250df', '#ab7df8'],
  grey: ['#6e7781', '#8b949e'],
};
const colours = (dark: 0 | 1): string =>
  Object.entries(PALETTE)
    .map(([name, of]) => `.fill.${name}{fill:${of[dark]}}.line.${name}{stroke:${of[dark]}}`)
    .join('');

const STYLE = `
svg{font:15px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
.page{fill:#fff}.panel{fill:#f6f8fa;stroke:#d0d7de}.text{fill:#1f2328}.faint{fill:#59636e;font-size:13px}.grid{stroke:#d8dee4}
.big{font-size:30px;font-weight:600}.title{font-weight:600}.head{font-size:18px;font-weight:600}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
${colours(0)}
@media(prefers-color-scheme:dark){.page{fill:#0d1117}.panel{fill:#161b22;stroke:#30363d}.text{fill:#f0f6fc}.faint{fill:#9198a1}.grid{stroke:#2a313c}
${colours(1)}}`;

/** What a word means wherever it stands. */
const COLORS: Readonly<Record<string, string>> = {
  delivered: 'green',
  completed: 'green',
  sent: 'blue',
  undelivered: 'red',
  failed: 'violet',
  busy: 'yellow',
  'no-answer': 'grey',
};
const colorOf = (name: string): string => COLORS[name] ?? 'red';

const round = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x: number, y: number, kind: string, words: string, anchor = 'start'): string =>
  `<text x="${round(x)}" y="${round(y)}" class="${kind}" text-anchor="${anchor}">${escaped(words)}</text>`;

function shown(value: number | undefined, unit: string): string {
  if (value === undefined) return '-';
  if (unit === 'percentunit') return `${round(value * 100)}%`;
  return Math.round(value).toLocaleString('en');
}

const clock = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 16);

/** A round number that is no smaller. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((each) => each * power).find((each) => each >= value) ?? value;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function graph({ lines, unit }: Drawn & { kind: 'lines' }, { x, y, width, height }: Box): string {
  const [left, right, top, bottom] = [x + 52, x + width - 16, y + 42, y + height - 50];
  const points = lines.flatMap((line) => line.points);
  const [from, to] = [Math.min(...points.map((p) => p.seconds)), Math.max(...points.map((p) => p.seconds))];
  const most = unit === 'percentunit' ? 1 : ceiling(Math.max(...points.map((p) => p.value)));
  const atX = (seconds: number) => left + ((seconds - from) / (to - from)) * (right - left);
  const atY = (value: number) => bottom - (value / most) * (bottom - top);
  const levels = [0, 0.25, 0.5, 0.75, 1].map((part) => part * most);
  const grid = levels.map(
    (level) =>
      `<line x1="${round(left)}" x2="${round(right)}" y1="${round(atY(level))}" y2="${round(atY(level))}" class="grid"/>` +
      text(
        left - 8,
        atY(level) + 4,
        'faint',
        unit === 'percentunit' ? `${Math.round(level * 100)}%` : String(level),
        'end',
      ),
  );
  const hours: string[] = [];
  for (let at = Math.ceil(from / 3_600) * 3_600; at <= to; at += 3_600) {
    hours.push(text(Math.min(atX(at), right - 12), bottom + 18, 'faint', clock(at), 'middle'));
  }
  const drawn = lines.map(
    ({ name, points }) =>
      `<polyline class="line ${colorOf(name)}" points="${points.map((p) => `${round(atX(p.seconds))},${round(atY(p.value))}`).join(' ')}"/>`,
  );
  let at = left;
  const legend = lines.map(({ name }) => {
    const entry = `<rect x="${round(at)}" y="${round(y + height - 22)}" width="14" height="4" class="fill ${colorOf(name)}"/>${text(at + 20, y + height - 14, 'faint', name)}`;
    at += 36 + name.length * 7.6;
    return entry;
  });
  const measure = unit === 'cpm' ? text(right, y + 26, 'faint', 'a minute', 'end') : '';
  return [measure, ...grid, ...hours, ...drawn, ...legend].join('\n');
}

function bars({ bars, unit }: Drawn & { kind: 'bars' }, { x, y, width, height }: Box): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const step = Math.min(26, (height - 50) / bars.length);
  return bars
    .map(({ name, value }, i) => {
      const at = y + 46 + i * step;
      const long = Math.max(2, (value / most) * (width - 190));
      return [
        text(x + 16, at + 13, 'text', name),
        `<rect x="${round(x + 110)}" y="${round(at)}" width="${round(long)}" height="16" rx="2" class="fill ${colorOf(name)}"/>`,
        text(x + 118 + long, at + 13, 'text', shown(value, unit)),
      ].join('');
    })
    .join('\n');
}

function number({ value, unit, color }: Drawn & { kind: 'number' }, { x, y, width }: Box): string {
  const kind = color ? `fill ${color}` : 'text';
  return text(x + width / 2, y + 72, `big ${kind}`, shown(value, unit), 'middle');
}

function panel(drawn: Drawn, box: Box): string {
  const { x, y, width, height } = box;
  const frame = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="6" class="panel"/>`;
  const centred = drawn.kind === 'number';
  const title = text(
    centred ? x + width / 2 : x + 16,
    y + 26,
    centred ? 'faint' : 'text title',
    drawn.title,
    centred ? 'middle' : 'start',
  );
  const inside =
    drawn.kind === 'number' ? number(drawn, box) : drawn.kind === 'lines' ? graph(drawn, box) : bars(drawn, box);
  return `<g>${frame}${title}\n${inside}</g>`;
}

/** Rows of panels of equal width, all of one kind in a row. */
export function draw(title: string, caption: string, rows: readonly (readonly Drawn[])[]): string {
  let y = 44;
  const parts = rows.map((row) => {
    const height = Math.max(...row.map(({ kind }) => HEIGHTS[kind]));
    const width = (WIDTH - GAP * (row.length + 1)) / row.length;
    const drawn = row.map((each, i) => panel(each, { x: GAP + i * (width + GAP), y, width, height }));
    y += height + GAP;
    return drawn.join('\n');
  });
  const head = `${text(GAP + 2, 29, 'text head', title)}${text(WIDTH - GAP - 2, 29, 'faint', caption, 'end')}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${y}" rx="8" class="page"/>
${head}
${parts.join('\n')}
</svg>
`;
}
