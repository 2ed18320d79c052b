import {
  type Asked,
  BUDGET_DAYS,
  budgetOf,
  errorsOf,
  IN_TIME_SECONDS,
  OBJECTIVES,
  type Objective,
  OURS,
  percent,
} from '../../otel-config/src/objectives.ts';
import { dashboard } from './dashboard.ts';
import { graph, type PanelOf, statPanel } from './panels.ts';
import { named, quantile, series } from './series.ts';

const CHOSEN = 'job=~"$job",instance=~"$instance"';

const errors = (objective: Objective, window: string, by: readonly string[]): string =>
  errorsOf(objective, { window, by, as: 'rate', more: CHOSEN });
/** The same with the labels that it is judged by; an objective without any is one series. */
const burnOver = (objective: Objective, window: string): string =>
  `(${errors(objective, window, objective.by)}) / ${budgetOf(objective)}`;

/** What took the budget, as far as a label says so: one panel for each objective. */
const EATERS: Readonly<Record<string, PanelOf>> = {
  delivery: graph({
    title: 'What ate the budget of delivery',
    description: 'Messages that failed, by what kind of error it was, over the hour before each moment.',
    expr: `sum by (error_category) (increase(${series('messagesFailedByCategory')}[1h])) > 0`,
    legend: '{{error_category}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  delivery_time: graph({
    title: 'What ate the budget of the time to deliver',
    description: `How long 95% waited at most with Twilio and with the carriers; ${IN_TIME_SECONDS} s may pass in all.`,
    expr: [
      named(quantile(series('messageQueueDuration', {}, '_bucket'), 95), 'side', 'Twilio'),
      named(quantile(series('messageCarrierDuration', {}, '_bucket'), 95), 'side', 'carriers'),
    ].join(' or '),
    legend: '{{side}}',
    unit: 's',
    width: 8,
  }),
  callbacks: graph({
    title: 'What ate the budget of callbacks',
    description: 'Good callbacks that the agent answered with 5xx, by the reason, over the hour before each moment.',
    expr: `sum by (outcome) (increase(${series('callbacks', { outcome: OURS })}[1h])) > 0`,
    legend: '{{outcome}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  application: graph({
    title: 'What ate the budget of the application',
    description:
      'Requests that were passed on and came to nothing, by the kind of failure, over the hour before each moment.',
    expr: `sum by (error_type) (increase(${series('httpClientRequestDuration', { 'error.type': { not: ['', 'client_aborted', '4..'] } }, '_count')}[1h])) > 0`,
    legend: '{{error_type}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
};

function panelsOf(objective: Objective): PanelOf[] {
  const { title, promise } = objective;
  const legend = objective.by.map((label) => `{{${label}}}`).join(' ') || title;
  const asked: Asked = { window: `${BUDGET_DAYS}d`, by: [], as: 'increase', more: CHOSEN };
  return [
    statPanel({
      title: `${title}: budget left`,
      description: `What is left of the ${percent(budgetOf(objective))} that may go wrong of ${promise}, over ${BUDGET_DAYS} days. Below 0 the objective was missed.`,
      expr: `1 - ${errorsOf(objective, asked)} / ${budgetOf(objective)}`,
      unit: 'percentunit',
      width: 4,
      thresholds: [
        ['red', null],
        ['yellow', 0.1],
        ['green', 0.3],
      ],
    }),
    statPanel({
      title: `${title}: good`,
      description: `The share of ${promise}, over ${BUDGET_DAYS} days; ${percent(objective.objective)} were promised.`,
      expr: `1 - ${errorsOf(objective, asked)}`,
      unit: 'percentunit',
      width: 4,
      thresholds: [
        ['red', null],
        ['green', objective.objective],
      ],
    }),
    graph({
      title: `${title}: burn rate`,
      description:
        'How many times too fast the budget is used up, over the hour before each moment. At 14.4 somebody is woken within the hour; at 1 it lasts just as long as it must.',
      expr: burnOver(objective, '1h'),
      legend,
      unit: 'short',
      width: 8,
    }),
    EATERS[objective.name]!,
  ];
}

export const slo = dashboard({
  uid: 'twilio-slo',
  title: 'Twilio / SLO',
  description:
    'What was promised, how much of the budget for not keeping it is left, how fast it goes, and what takes it.',
  rows: OBJECTIVES.map((objective) => [objective.title, panelsOf(objective)] as const),
});
