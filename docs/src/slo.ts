/** What the table of objectives says on pages: `docs/slo.md`, and the sections of its alerts in the runbook. */
import {
  alertOf,
  BUDGET_DAYS,
  BURNS,
  type Burn,
  budgetOf,
  OBJECTIVES,
  type Objective,
  percent,
} from '../../otel-config/src/objectives.ts';
import { badRecord, errorsRecord, summaryOf } from '../../otel-config/src/slo-rules.ts';

const [BEGIN, END] = ['<!-- slo:begin -->', '<!-- slo:end -->'];
const OPERATIONS = '../otel-config/prometheus/RUNBOOK.md';

/** By the name of the objective: where to look first, which causes are likely, and what to do about each. */
const ADVICE: Readonly<Record<string, readonly string[]>> = {
  delivery: [
    'First look: `sum by (error_category) (increase(twilio_messages_failed_by_category_total[1h]))`, or *What ate the budget of delivery* on the dashboard Twilio / SLO. Then the codes: `topk(5, sum by (error_code) (increase(twilio_messages_failed_total[1h])))` and `twilio-otel-agent explain CODE...`.',
    '`delivery`: phones and carriers. One country or one sender (`processors.labels`: `country`, `sender`)? Another route or another sender for it; <https://status.twilio.com>. `blocked`: filters and consent. What does the text say that it did not say last week? Stop the campaign before the sender is blocked for all.',
    '`account`, `compliance`, `config`, `content`: every message fails until somebody mends it, and sending again only costs: [TwilioMessageErrorsToFix](#twiliomessageerrorstofix). `capacity`: send more slowly, or over more senders.',
    'Bad numbers of a list (30003, 30005, 30006) eat the budget without an outage: clean the list; the objective is for the messages that you meant.',
  ],
  delivery_time: [
    'First look: on whose side the time passes: `histogram_quantile(0.95, sum by (le) (rate(twilio_message_queue_duration_seconds_bucket[1h])))` is Twilio, `twilio_message_carrier_duration_seconds_bucket` the carriers.',
    'Twilio: messages wait in your own queue, because you send faster than the sender may (1 a second for a long code). More senders in the Messaging Service, another kind of sender, or a slower campaign. Errors of the category `capacity` say the same.',
    'The carriers: one country? <https://status.twilio.com>. Texts that must be fast (codes for a login) go over another sender than campaigns.',
    'Nothing is counted here before it is delivered: what is stuck stands in `twilio_messages_overdue`.',
  ],
  callbacks: [
    'First look: `sum by (outcome) (increase(twilio_agent_callbacks_total{outcome=~"ledger_unavailable|overloaded|shutting_down|internal_error"}[1h]))`.',
    '`ledger_unavailable`: the disk is full or sick; the log names the file, `/health` says why. `overloaded`: [TwilioEventLoopBlocked](#twilioeventloopblocked), then more CPU. `shutting_down`: restarts under load; `receivers.twilio.shutdown_delay`. `internal_error`: a fault of the agent; its log has one line, please report it.',
    'Each of these was answered 5xx: Twilio sends it again where the callback URL ends in `#rc=3&rp=all`, and then nothing is lost. Reconciliation counts what never came.',
  ],
  application: [
    'First look: `sum by (http_route, error_type) (increase(http_client_request_duration_seconds_count{job="twilio-otel-agent", error_type!=""}[1h]))`.',
    '5xx: the log of the application. `connection_refused`, `connection_reset`: is it up, was it deployed? `timeout`: [TwilioApplicationSlow](#twilioapplicationslow).',
    'It stays down: a `fallback` of the route answers in its place, so that callers hear something. Agents stay out of this: what the application is sent is what Twilio sent.',
  ],
};

function sections(objective: Objective): string {
  const [fast, ...others] = BURNS.map((burn) => [alertOf(objective, burn), burn] as const);
  const steps = (ADVICE[objective.name] ?? []).map((step, i) => `${i + 1}. ${step}`).join('\n');
  const first = `## ${fast![0]}\n\n${seen(objective, fast![1])}\n\n${steps}`;
  const same = `The steps of [${fast![0]}](#${fast![0].toLowerCase()}).`;
  return [
    first,
    ...others.map(([name, burn]) => `## ${name}\n\n${seen(objective, burn)} ${HURRY[burn.severity]} ${same}`),
  ].join('\n\n');
}

const HURRY = { critical: 'It is not over in the night:', warning: 'Not for the night: plan it.' } as const;

const seen = (objective: Objective, { factor, long, short, gone }: Burn): string =>
  `More than ${percent(Math.min(1, factor * budgetOf(objective)))} of the events of *${objective.title}* were bad, over ${long} and over the last ${short}: ${
    factor === 1
      ? `${gone} of the budget of ${BUDGET_DAYS} days is gone in a tenth of the time, and it will not last.`
      : `at this rate ${gone} of the budget of ${BUDGET_DAYS} days goes in ${long}.`
  }`;

/** The runbook with the sections of the objectives' alerts. */
export function withSloSections(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the runbook lacks ${BEGIN} and ${END}`);
  return `${page.slice(0, from)}${BEGIN}\n\n${OBJECTIVES.map(sections).join('\n\n')}\n\n${page.slice(to)}`;
}

export function sloMarkdown(): string {
  const rows = OBJECTIVES.map(
    (each) =>
      `| ${each.title} | ${percent(each.objective)} of ${each.promise} | ${each.by.map((label) => `\`${label}\``).join(', ') || 'the job'} | ${each.few} |`,
  );
  const burns = BURNS.map(
    (burn) =>
      `| ${burn.severity} | ${burn.factor} | ${burn.long} | ${burn.short} | ${burn.gone} | ${OBJECTIVES.map((each) => `[${alertOf(each, burn)}](${OPERATIONS}#${alertOf(each, burn).toLowerCase()})`).join(', ')} |`,
  );
  const [first] = OBJECTIVES;
  return `<!-- Generated from otel-config/src/objectives.ts by \`npm run docs\`. Do not edit. -->

# Objectives

What is promised to whoever waits for a message, and when somebody is woken because it will not be kept. The rules are
\`otel-config/prometheus/rules/slo.yml\`, the dashboard is *Twilio / SLO*.

| objective | promise, over ${BUDGET_DAYS} days | judged by | few bad events, no alert |
| --- | --- | --- | --- |
${rows.join('\n')}

An objective is judged by a label where series have it: with \`processors.labels.messaging_service\` on, each service has its own
budget and its own alerts; without it there is one for all. What an application in front says with 4xx, and callbacks that were
refused because of what was sent, are in no budget. Two agents are summed: what one of them could not count, the other one has.

## Alerts

A budget is what may go wrong: ${percent(budgetOf(first!))} for ${percent(first!.objective)}. It burns at 1 when it is used up after just ${BUDGET_DAYS} days.

| severity | burns at | seen over | and still | of the budget | alerts |
| --- | --- | --- | --- | --- | --- |
${burns.join('\n')}

Both windows and the factors are those of [Google's workbook](https://sre.google/workbook/alerting-on-slos/). An alert ends soon after its
cause, because the short window forgets it. \`${errorsRecord(first!, '1h')}\` and its like are the shares of
bad events, \`${badRecord(first!, '1h')}\` how many there were.

## Other numbers

Change the table \`otel-config/src/objectives.ts\`, then \`npm run rules && npm run dashboards && npm run docs\`: rules, their tests, the dashboard,
this page and the runbook follow. Without a checkout, copy \`slo.yml\` and change the last number of each comparison, which is the budget:
\`> 14.4 * ${budgetOf(first!)}\`.

There is no jsonnet mixin. One would have to render to the same bytes as \`slo.yml\`, or there would be two files that say the same and drift. Tried
with jsonnet 0.18: it sorts the keys of each rule by the alphabet, so that an alert's name stands in the middle of it, quotes every text, and
has neither comments nor blank lines; nearly every line of the file differs.
`;
}

export const sloAlerts = (): readonly (readonly [name: string, summary: string])[] =>
  OBJECTIVES.flatMap((each) => BURNS.map((burn) => [alertOf(each, burn), summaryOf(each, burn)] as const));
