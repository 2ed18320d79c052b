import { prometheusName } from '../names.ts';
import { CALL_METRICS } from './call.ts';
import { MESSAGE_METRICS } from './message.ts';
import { closed, type MetricRow, type MetricRows } from './row.ts';

const LABELLED = Object.values<MetricRow>({ ...MESSAGE_METRICS, ...CALL_METRICS })
  .filter(({ takes }) => takes)
  .map(prometheusName);

/** What the labels on request cost. */
export const LABEL_METRICS = {
  labelOverflow: {
    name: 'twilio.agent.label.overflow',
    kind: 'counter',
    unit: '{event}',
    help: 'Events whose requested labels became other, because their metric has processors.labels.max_series series',
    labels: { metric: closed(LABELLED) },
    durable: true,
    shownWith: 'labels',
  },
} as const satisfies MetricRows;
