import {
  alertOf,
  BURNS,
  type Burn,
  badOf,
  budgetOf,
  errorsOf,
  OBJECTIVES,
  type Objective,
  percent,
} from './objectives.ts';

const HEAD = `# Generated from otel-config/src/objectives.ts by \`npm run rules\`. Do not edit.
#
# What was promised, and how fast the budget for not keeping it is used up: 14.4 times too fast is seen within the hour, 6
# times within six hours, just too fast within three days. The short window ends an alert soon after its cause has gone. A
# few bad events are no burn, however few the others are. The rules of an objective are one group, because groups are
# evaluated side by side, and an alert must see what was just recorded.
groups:`;

const RUNBOOK = '{{ with $externalLabels.runbook_url }}{{ . }}{{ else }}otel-config/prometheus/RUNBOOK.md{{ end }}';

const WINDOWS = ['5m', '30m', '1h', '6h', '3d'] as const;

export const errorsRecord = ({ name }: Objective, window: string): string =>
  `job:twilio_slo_${name}_errors:ratio_rate${window}`;
export const badRecord = ({ name }: Objective, window: string): string =>
  `job:twilio_slo_${name}_bad:increase${window}`;

/** `otel-config/prometheus/rules/slo.yml` */
export const sloRules = (): string => `${HEAD}\n${OBJECTIVES.map(group).join('\n\n')}\n`;

function group(objective: Objective): string {
  const by = ['job', ...objective.by];
  const record = (name: string, expr: string) => `      - record: ${name}\n        expr: |\n          ${expr}`;
  const rules = [
    ...WINDOWS.map((window) =>
      record(errorsRecord(objective, window), errorsOf(objective, { window, by, as: 'rate' })),
    ),
    ...BURNS.map(({ long }) =>
      record(badRecord(objective, long), badOf(objective, { window: long, by, as: 'increase' })),
    ),
    ...BURNS.map((burn) => alert(objective, burn)),
  ];
  return `  - name: twilio-slo-${objective.name.replaceAll('_', '-')}\n    rules:\n${rules.join('\n\n')}`;
}

/** Who is meant, where the objective is judged by a label. */
const whose = ({ by }: Objective): string =>
  by.map((label) => `{{ with $labels.${label} }}{{ . }}, {{ end }}`).join('');

export const summaryOf = ({ title }: Objective, { factor }: Burn): string =>
  factor === 1 ? `${title}: the budget will not last` : `${title}: the budget burns ${factor} times too fast`;

function alert(objective: Objective, burn: Burn): string {
  const { long, short, factor, severity } = burn;
  const name = alertOf(objective, burn);
  const most = `${factor} * ${budgetOf(objective)}`;
  return `      - alert: ${name}
        expr: |
          ${errorsRecord(objective, long)} > ${most}
            and ${errorsRecord(objective, short)} > ${most}
            and ${badRecord(objective, long)} > ${objective.few}
        labels:
          severity: ${severity}
        annotations:
          summary: "${summaryOf(objective, burn)}"
          description: "{{ $value | humanizePercentage }} were bad over ${long}; ${percent(budgetOf(objective))} may be, for ${percent(objective.objective)} of ${objective.promise} (${whose(objective)}{{ $labels.job }})."
          runbook_url: "${RUNBOOK}#${name.toLowerCase()}"`;
}
