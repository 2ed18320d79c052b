import { graph, type PanelOf, statPanel } from './panels.ts';
import { grown, named, perMinute, series } from './series.ts';

const MISSING = series('callbacksMissing');
const EXPECTED = series('callbacksExpected');

/** What Twilio lists, beside what callbacks told. Empty where reconciliation is off. */
export const callbacksThatNeverCame: readonly PanelOf[] = [
  statPanel({
    title: 'Callbacks missing',
    description:
      'Messages and calls that ended, as Twilio lists them, and of whose end no callback told. Also those for which nobody asked for callbacks.',
    expr: grown(MISSING),
    unit: 'short',
    width: 4,
  }),
  statPanel({
    title: 'Share missing',
    description: 'Of all that ended, what no callback told. Steady: senders without a status callback. Rising: a loss.',
    expr: `${grown(MISSING)} / (${grown(EXPECTED)} > 0)`,
    unit: 'percentunit',
    width: 4,
    thresholds: [
      ['green', null],
      ['yellow', 0.01],
      ['red', 0.05],
    ],
  }),
  graph({
    title: 'Missing and back-filled',
    description:
      'Callbacks that never came, per minute of the time of comparison, which is the delay later than the loss; and what was counted in their place.',
    expr: `${named(perMinute(MISSING, 'family'), 'what', 'missing')} or ${named(perMinute(series('backfilled'), 'family'), 'what', 'back-filled')}`,
    legend: '{{family}} {{what}}',
    unit: 'cpm',
    width: 8,
  }),
  graph({
    title: 'Behind',
    description:
      'How far the comparison is behind what has settled. It climbs to the interval and falls again; when it climbs on, the pages per hour are too few or the API fails.',
    expr: `max by (family, account) (${series('reconciliationLag')})`,
    legend: '{{account}} {{family}}',
    unit: 's',
    width: 8,
  }),
];
