/**
 * THE table of objectives: the rules and their tests (`npm run rules`), the dashboard (`npm run dashboards`) and the pages
 * (`npm run docs`) derive from it. How burn rates work: https://sre.google/workbook/alerting-on-slos/
 */
import type { LabelsOf, MetricKey } from '../../instrumentation/metrics.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { type Outcome, REASONS, refusal } from '../../src/rejection.ts';

export interface Objective {
  /** In the names of recorded series. */
  readonly name: string;
  /** In the names of alerts. */
  readonly alert: string;
  readonly title: string;
  /** What is promised, as the end of "Of ...". */
  readonly promise: string;
  /** The share of events that is to be good, 0 to 1. */
  readonly objective: number;
  /** The labels besides `job` by which it is judged. A label on request that is off is on no series, so nothing is split by it. */
  readonly by: readonly string[];
  /** All events, and the good or the bad ones of them, as selectors of counters. */
  readonly all: Selector;
  readonly good?: Selector;
  readonly bad?: Selector;
  /** So many bad events in the long window are no burn, whatever share of few events they are. */
  readonly few: number;
}

/** A counter and the matchers behind its name, without braces. */
export interface Selector {
  readonly metric: string;
  readonly matchers: string;
}

function selector<K extends MetricKey>(key: K, matchers: string, part: '' | '_bucket' | '_count' = ''): Selector {
  return { metric: prometheusName(METRICS[key]) + part, matchers };
}

type Status = LabelsOf<'messageCallback'>['status'];
const statuses = (...values: readonly Status[]): Selector =>
  selector('messageCallback', `status=~"${values.join('|')}"`);

/** What a genuine callback is answered that the agent could not count; whatever the sender did wrong is no failure of ours. */
export const OURS: readonly Outcome[] = REASONS.filter((reason) => refusal(reason).status >= 500);
const COUNTED: readonly Outcome[] = ['accepted', 'duplicate', 'ignored'];
const outcomes = (...values: readonly Outcome[]): Selector => selector('callbacks', `outcome=~"${values.join('|')}"`);

/** One of the metric's own boundaries. Prometheus 3 writes it as a float. */
export const IN_TIME_SECONDS = 120;
/** The metric is one of OpenTelemetry's, which others have too. */
const AGENT = 'job="twilio-otel-agent"';

export const OBJECTIVES: readonly Objective[] = [
  {
    name: 'delivery',
    alert: 'Delivery',
    title: 'Delivery',
    promise: 'the messages that end are delivered',
    objective: 0.95,
    by: ['messaging_service'],
    all: statuses('delivered', 'undelivered', 'failed'),
    bad: statuses('undelivered', 'failed'),
    few: 10,
  },
  {
    name: 'delivery_time',
    alert: 'DeliveryTime',
    title: 'Time to deliver',
    promise: `the messages that are delivered arrive within ${IN_TIME_SECONDS / 60} minutes`,
    objective: 0.95,
    by: ['messaging_service'],
    all: selector('messageDeliveryDuration', '', '_count'),
    good: selector('messageDeliveryDuration', `le=~"${IN_TIME_SECONDS}|${IN_TIME_SECONDS}[.]0"`, '_bucket'),
    few: 10,
  },
  {
    name: 'callbacks',
    alert: 'Callbacks',
    title: 'Callbacks accepted',
    promise: 'the callbacks that are good are counted at the first attempt',
    objective: 0.999,
    by: [],
    all: outcomes(...COUNTED, ...OURS),
    bad: outcomes(...OURS),
    few: 5,
  },
  {
    name: 'application',
    alert: 'Application',
    title: 'Answers of the application',
    promise: 'the requests that are passed on are answered by the application, and not with 5xx',
    objective: 0.999,
    by: ['http_route'],
    // 4xx is what it says to whom it does not know, and who goes away before the answer has not waited for it.
    all: selector('httpClientRequestDuration', `${AGENT}, error_type!~"client_aborted|4.."`, '_count'),
    bad: selector('httpClientRequestDuration', `${AGENT}, error_type!~"|client_aborted|4.."`, '_count'),
    few: 5,
  },
];

/** How fast the budget of 30 days is used up, seen over a long window, and over a short one that says whether it still is. */
export interface Burn {
  readonly alert: string;
  readonly factor: number;
  readonly long: string;
  readonly short: string;
  readonly severity: 'critical' | 'warning';
  /** How much of the budget is gone when it is seen. */
  readonly gone: string;
}

export const BUDGET_DAYS = 30;
export const BURNS: readonly Burn[] = [
  { alert: 'BurnsFast', factor: 14.4, long: '1h', short: '5m', severity: 'critical', gone: '2%' },
  { alert: 'Burns', factor: 6, long: '6h', short: '30m', severity: 'critical', gone: '5%' },
  { alert: 'BurnsSlowly', factor: 1, long: '3d', short: '6h', severity: 'warning', gone: '10%' },
];

export const alertOf = (objective: Objective, burn: Burn): string => `TwilioSlo${objective.alert}${burn.alert}`;
/** 0.05 for an objective of 0.95, without the noise of floats. */
export const budgetOf = ({ objective }: Objective): number => Number((1 - objective).toFixed(6));
export const percent = (share: number): string => `${Number((share * 100).toFixed(4))}%`;

const grouped = (by: readonly string[]): string => (by.length > 0 ? `sum by (${by.join(', ')})` : 'sum');

export interface Asked {
  readonly window: string;
  /** The labels that are kept. */
  readonly by: readonly string[];
  /** `rate` or `increase`. */
  readonly as: 'rate' | 'increase';
  /** Added to the matchers of each selector. */
  readonly more?: string;
}

const written = ({ metric, matchers }: Selector, { window, as, more = '' }: Asked): string => {
  const inside = [matchers, more].filter(Boolean).join(', ');
  return `${as}(${metric}${inside ? `{${inside}}` : ''}[${window}])`;
};

/** How many events there were, or how many a second, in PromQL. */
export const allOf = ({ all }: Objective, asked: Asked): string => `${grouped(asked.by)} (${written(all, asked)})`;

/** The same of the bad ones: 0 where there are events and none of them is bad. */
export function badOf(objective: Objective, asked: Asked): string {
  const { good, bad } = objective;
  const all = allOf(objective, asked);
  if (good) return `(${all} - ${grouped(asked.by)} (${written(good, asked)}))`;
  return `(${grouped(asked.by)} (${written(bad!, asked)}) or ${all} * 0)`;
}

/** The share of bad events, in PromQL; nothing where there are no events. */
export const errorsOf = (objective: Objective, asked: Asked): string =>
  `${badOf(objective, asked)} / (${allOf(objective, asked)} > 0)`;
