import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const PROMETHEUS = new URL('../../otel-config/prometheus/', import.meta.url);

export interface Rule {
  readonly file: string;
  readonly expr: string;
  readonly record?: string;
  readonly alert?: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const files = (folder: string) => readdirSync(new URL(folder, PROMETHEUS)).filter((name) => name.endsWith('.yml'));
export const read = (path: string) => readFileSync(new URL(path, PROMETHEUS), 'utf8');

/** Every shipped rule, recording and alerting. */
export const RULES: readonly Rule[] = files('rules/').flatMap((file) => {
  const { groups } = parse(read(`rules/${file}`)) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file })));
});

export const RECORDED: ReadonlyMap<string, string> = new Map(
  RULES.flatMap(({ record, expr }) => (record ? [[record, expr] as const] : [])),
);

interface AlertCase {
  readonly file: string;
  readonly alertname: string;
  readonly fires: boolean;
}

/** What the promtool tests claim of each alert. */
export const ALERT_CASES: readonly AlertCase[] = files('tests/').flatMap((file) => {
  const { tests } = parse(read(`tests/${file}`)) as {
    tests: { alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[];
  };
  return tests.flatMap(({ alert_rule_test = [] }) =>
    alert_rule_test.map(({ alertname, exp_alerts = [] }) => ({ file, alertname, fires: exp_alerts.length > 0 })),
  );
});
