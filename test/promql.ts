import { METRIC_KEYS, type MetricRow, row } from '../instrumentation/metrics.ts';
import { prometheusName } from '../instrumentation/names.ts';
import type { RequestedLabel } from '../instrumentation/requested.ts';
import { suppliedValues } from '../src/wiring/supplied.ts';

const WORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'or',
  'and',
  'unless',
  'offset',
  'bool',
]);
/** What Prometheus adds to every sample, or makes itself. */
const TARGET_LABELS = ['job', 'instance'];

const TABLE = new Map<string, MetricRow>(
  METRIC_KEYS.flatMap((key) => {
    const name = prometheusName(row(key));
    const suffixes = row(key).kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    return suffixes.map((suffix) => [name + suffix, row(key)] as const);
  }),
);

/**
 * Everything in a PromQL expression that the metric table does not know: names, labels, values of closed labels.
 * `known` are the names that rules record.
 */
export function unknownIn(expr: string, known: ReadonlySet<string> = new Set()): string[] {
  const unknown: string[] = [];
  const labels = new Set(TARGET_LABELS);
  const grouped: string[] = [];
  const rest = expr
    .replaceAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g, (_, name: string, matchers: string) => {
      unknown.push(...inSelector(name, matchers));
      return ` ${name} `;
    })
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, list: string) => {
      grouped.push(...list.split(',').map((label) => label.trim()));
      return ' ';
    })
    .replaceAll(/\[[^\]]*\]|offset \S+|"[^"]*"/g, ' ');
  for (const [, name = '', call] of rest.matchAll(/(?<![\w$.])([a-zA-Z_:][\w:]*)(\s*\()?/g)) {
    if (call || WORDS.has(name) || known.has(name) || name === 'up') continue;
    const metric = TABLE.get(name);
    if (!metric) unknown.push(name);
    else for (const label of [...labelsOf(metric), 'le']) labels.add(label.replaceAll('.', '_'));
  }
  unknown.push(...grouped.filter((label) => !labels.has(label)).map((label) => `by (${label})`));
  return unknown;
}

const labelsOf = ({ labels, takes = [] }: MetricRow): string[] => [...Object.keys(labels), ...takes];

function inSelector(name: string, matchers: string): string[] {
  const metric = TABLE.get(name);
  if (!metric) return [];
  return [...matchers.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', operator = '', value = '']) => {
    if (
      (label === 'le' && name.endsWith('_bucket')) ||
      TARGET_LABELS.includes(label) ||
      metric.takes?.includes(label as RequestedLabel)
    )
      return [];
    const spec = Object.entries(metric.labels).find(([key]) => key.replaceAll('.', '_') === label)?.[1];
    if (!spec) return [`${name}{${label}}`];
    const values = 'values' in spec ? spec.values : spec.from === 'run' ? undefined : suppliedValues()[spec.from];
    const asked = operator.endsWith('~') ? value.split('|') : [value];
    return values ? asked.filter((one) => !values.includes(one)).map((one) => `${name}{${label}="${one}"}`) : [];
  });
}
