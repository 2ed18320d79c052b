import { COMMIT_SECONDS } from './buckets.ts';
import type { MetricRows } from './row.ts';

const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000] as const;

/** The ledger. */
export const LEDGER_METRICS = {
  ledgerVolatile: {
    name: 'twilio.agent.ledger.volatile',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while the ledger is kept in memory: totals and duplicates are forgotten at a restart. 0 when it is on disk',
    labels: {},
  },
  ledgerEntries: {
    name: 'twilio.agent.ledger.entries',
    kind: 'observableGauge',
    unit: '{entry}',
    help: 'Records in the ledger: messages and calls that are protected against double counting',
    labels: {},
  },
  ledgerEntriesLimit: {
    name: 'twilio.agent.ledger.entries.limit',
    kind: 'observableGauge',
    unit: '{entry}',
    help: 'Records that the ledger may hold before the oldest go before their time',
    labels: {},
  },
  ledgerSize: {
    name: 'twilio.agent.ledger',
    kind: 'observableGauge',
    unit: 'By',
    help: 'Size of the ledger on disk; 0 when it is kept in memory',
    labels: {},
  },
  ledgerWindow: {
    name: 'twilio.agent.ledger.window',
    kind: 'observableGauge',
    unit: 's',
    help: 'How far back the ledger really protects against double counting: the configured window, or less where the oldest went before their time because the ledger was full',
    labels: {},
    double: true,
  },
  ledgerAvailable: {
    name: 'twilio.agent.ledger.available',
    kind: 'observableGauge',
    unit: '{enabled}',
    help: '1 while callbacks can be made durable, 0 while they are refused with ledger_unavailable',
    labels: {},
  },
  ledgerCommitDuration: {
    name: 'twilio.agent.ledger.commit.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time to make one batch of callbacks durable',
    labels: {},
    buckets: COMMIT_SECONDS,
  },
  ledgerBatchSize: {
    name: 'twilio.agent.ledger.batch',
    kind: 'histogram',
    unit: '{change}',
    help: 'Callbacks in one batch',
    labels: {},
    buckets: BATCH_SIZES,
  },
} as const satisfies MetricRows;
