import { ACCOUNT, MAX_API_ACCOUNTS } from './api.ts';
import { closed, type MetricRows } from './row.ts';

const RECONCILED = closed(['message', 'call']);
/** The key under which the configuration switches it on. */
const SHOWN_WITH = 'receivers.twilio_api.reconciliation';

/** What Twilio's lists of messages and calls say, beside what callbacks told. */
export const RECONCILIATION_METRICS = {
  callbacksExpected: {
    name: 'twilio.callbacks.expected',
    kind: 'counter',
    unit: '{callback}',
    help: 'Messages and calls that have ended as Twilio lists them, each compared once with the callbacks that were received',
    labels: { family: RECONCILED },
    durable: true,
    shownWith: SHOWN_WITH,
  },
  callbacksMissing: {
    name: 'twilio.callbacks.missing',
    kind: 'counter',
    unit: '{callback}',
    help: 'Those of the expected whose last status no callback had told when they were compared',
    labels: { family: RECONCILED },
    durable: true,
    shownWith: SHOWN_WITH,
  },
  reconciliationLag: {
    name: 'twilio.reconciliation.lag',
    kind: 'observableGauge',
    unit: 's',
    help: 'How far the comparison is behind the time that has settled; at most the interval while it keeps up',
    labels: { family: RECONCILED, account: ACCOUNT },
    budget: 2 * MAX_API_ACCOUNTS,
    double: true,
  },
  backfilled: {
    name: 'twilio.agent.backfilled',
    kind: 'counter',
    unit: '{event}',
    help: "Last statuses that were counted from Twilio's list because no callback had told them",
    labels: { family: RECONCILED },
    durable: true,
    shownWith: SHOWN_WITH,
  },
} as const satisfies MetricRows;
