import { alertOf, BURNS, type Burn, budgetOf, OBJECTIVES, type Objective, percent } from './objectives.ts';
import { summaryOf } from './slo-rules.ts';

/** The series of an objective, each with what it grows by in a minute, from its good and its bad events. */
type Flow = (good: number, bad: number) => readonly (readonly [series: string, perMinute: number])[];

const JOB = 'job="twilio-otel-agent"';
const message = (status: string) => `twilio_message_callback_total{${JOB}, instance="a", status="${status}"}`;
const took = (part: string) => `twilio_message_delivery_duration_seconds${part}`;
const callback = (outcome: string) =>
  `twilio_agent_callbacks_total{${JOB}, instance="a", family="message", outcome="${outcome}"}`;
const answer = (labels: string) =>
  `http_client_request_duration_seconds_count{${JOB}, instance="a", http_route="/twilio/*"${labels}}`;

/** By the name of the objective. Written without the table's selectors: what they ask for must find these. */
const FLOWS: Readonly<Record<string, Flow>> = {
  delivery: (good, bad) => [
    [message('sent'), good + bad],
    [message('delivered'), good],
    [message('undelivered'), bad / 2],
    [message('failed'), bad / 2],
  ],
  delivery_time: (good, bad) => [
    [`${took('_bucket')}{${JOB}, instance="a", le="120.0"}`, good],
    [`${took('_bucket')}{${JOB}, instance="a", le="+Inf"}`, good + bad],
    [`${took('_count')}{${JOB}, instance="a"}`, good + bad],
  ],
  callbacks: (good, bad) => [
    [callback('accepted'), good * 0.9],
    [callback('duplicate'), good * 0.1],
    [callback('signature_invalid'), 500],
    [callback('ledger_unavailable'), bad],
  ],
  application: (good, bad) => [
    [answer(', http_response_status_code="204"'), good],
    [answer(', http_response_status_code="403", error_type="403"'), 500],
    [answer(', http_response_status_code="500", error_type="500"'), bad / 2],
    [answer(', error_type="timeout"'), bad / 2],
  ],
};
const WHOSE: Readonly<Record<string, string>> = { application: '/twilio/*, ' };
const LABELS: Readonly<Record<string, string>> = { application: ', http_route: /twilio/*' };

const PER_MINUTE = 1_000;
const MINUTES: Readonly<Record<string, number>> = { '5m': 5, '30m': 30, '1h': 60, '6h': 360, '3d': 4_320 };

/** A scrape every minute, and every five where only hours and days are looked at. */
const everyMinutes = ({ short }: Burn): number => (MINUTES[short]! >= 60 ? 5 : 1);

/** A part of a series' life: so many minutes of good and bad events. */
type Part = readonly [minutes: number, good: number, bad: number];

function test(name: string, objective: Objective, burn: Burn, parts: readonly Part[], fires?: number): string {
  const flow = FLOWS[objective.name]!;
  const values = new Map<string, string[]>();
  const reached = new Map<string, number>();
  const every = everyMinutes(burn);
  for (const [minutes, good, bad] of parts) {
    for (const [series, perMinute] of flow(good, bad)) {
      const each = perMinute * every;
      const from = reached.has(series) ? Number((reached.get(series)! + each).toFixed(6)) : 0;
      values.set(series, [...(values.get(series) ?? []), `${from}+${Number(each.toFixed(6))}x${minutes / every}`]);
      reached.set(series, Number((from + perMinute * minutes).toFixed(6)));
    }
  }
  const at = parts.reduce((sum, [minutes]) => sum + minutes, 0);
  const alertname = alertOf(objective, burn);
  const head = `  - name: '${alertname}: ${name}'
    interval: ${every}m
    input_series:
${[...values].map(([series, of]) => `      - series: '${series}'\n        values: ${of.join(' ')}`).join('\n')}
    alert_rule_test:
      - alertname: ${alertname}
        eval_time: ${at}m`;
  if (fires === undefined) return `${head}\n        exp_alerts: []`;
  const described = `${percent(fires)} were bad over ${burn.long}; ${percent(budgetOf(objective))} may be, for ${percent(objective.objective)} of ${objective.promise} (${WHOSE[objective.name] ?? ''}twilio-otel-agent).`;
  return `${head}
        exp_alerts:
          - exp_labels: {severity: ${burn.severity}, job: twilio-otel-agent${LABELS[objective.name] ?? ''}}
            exp_annotations:
              summary: '${summaryOf(objective, burn)}'
              description: '${described}'
              runbook_url: 'otel-config/prometheus/RUNBOOK.md#${alertname.toLowerCase()}'`;
}

/** Three days are evaluated so rarely that all tests together take seconds; each ends where the rules are evaluated. */
const EVALUATION_MINUTES = 360;

function testsOf(objective: Objective, burn: Burn): string[] {
  const short = MINUTES[burn.short]!;
  const lasts = Math.ceil((MINUTES[burn.long]! + short) / EVALUATION_MINUTES) * EVALUATION_MINUTES;
  const limit = burn.factor * budgetOf(objective);
  const steady = (share: number): Part[] => [[lasts, PER_MINUTE * (1 - share), PER_MINUTE * share]];
  const over = Number((limit * 1.1).toFixed(6));
  // So many in the long window, all of them bad.
  const few = (count: number): Part[] => [[lasts, 0, count / MINUTES[burn.long]!]];
  return [
    test('a tenth over the rate', objective, burn, steady(over), over),
    test('a tenth below it', objective, burn, steady(limit * 0.9)),
    test('too few to tell', objective, burn, few(objective.few * 0.9)),
    test('a few more than that', objective, burn, few(objective.few * 1.2), 1),
    test('it is over, as the short window says', objective, burn, [
      [lasts - short - 5, 0, PER_MINUTE],
      [short + 5, PER_MINUTE, 0],
    ]),
  ];
}

/** `otel-config/prometheus/tests/slo.yml`: each alert on both sides of its rate, with few events, and when it is over. */
export const sloTests = (): string => `# Generated from otel-config/src/slo-tests.ts by \`npm run rules\`. Do not edit.
rule_files:
  - ../rules/slo.yml

evaluation_interval: ${EVALUATION_MINUTES}m
fuzzy_compare: true

tests:
${OBJECTIVES.flatMap((objective) => BURNS.flatMap((burn) => testsOf(objective, burn))).join('\n\n')}
`;
