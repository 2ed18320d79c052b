import { API_SECONDS } from './buckets.ts';
import { closed, type MetricRows } from './row.ts';

/** Those of the scrapers, which are shown from the start. */
export const READ = ['FetchBalance', 'FetchUsageRecordsToday'] as const;
/** The operations of Twilio's REST API that the agent performs. */
export const API_OPERATIONS = [...READ, 'ListMessage', 'ListCall', 'ListAccount', 'FetchAccount'] as const;
export type ApiOperation = (typeof API_OPERATIONS)[number];

/** The most accounts that are read. */
export const MAX_API_ACCOUNTS = 50;
/** The configured name of an account; left out while one alone is read. */
export const ACCOUNT = { from: 'run', optional: true } as const;
const ofOperations = (MAX_API_ACCOUNTS + 1) * API_OPERATIONS.length;

/** Twilio's REST API: its health, and what is read from it. */
export const API_METRICS = {
  apiErrors: {
    name: 'twilio.api.errors',
    kind: 'counter',
    unit: '{error}',
    help: "Failed calls of Twilio's REST API, by operation",
    // Which are shown before the first failure depends on what is on, and on how many accounts are read.
    labels: { operation: closed(API_OPERATIONS, []), account: ACCOUNT },
    budget: ofOperations,
  },
  apiRequestDuration: {
    name: 'twilio.api.request.duration',
    kind: 'histogram',
    unit: 's',
    help: "Duration of requests to Twilio's REST API, failed ones too, by operation",
    labels: { operation: closed(API_OPERATIONS) },
    buckets: API_SECONDS,
  },
  apiLastSuccess: {
    name: 'twilio.api.last_success.timestamp',
    kind: 'observableGauge',
    unit: 's',
    help: "When an operation of Twilio's REST API last succeeded, in seconds since the epoch; absent until it has",
    labels: { operation: closed(API_OPERATIONS), account: ACCOUNT },
    budget: ofOperations,
    double: true,
  },
  apiCollectionInterval: {
    name: 'twilio.api.collection.interval',
    kind: 'observableGauge',
    unit: 's',
    help: "How often an operation of Twilio's REST API is due: what it read disappears when it is older than three of these",
    labels: { operation: closed(API_OPERATIONS), account: ACCOUNT },
    budget: ofOperations,
    double: true,
  },
  apiUp: {
    name: 'twilio.api.up',
    kind: 'observableGauge',
    unit: '{up}',
    help: "1 while the last request of every operation of Twilio's REST API gave what was asked for, 0 when one did not; absent before the first",
    labels: { account: ACCOUNT },
    budget: MAX_API_ACCOUNTS,
  },
  accountsDiscovered: {
    name: 'twilio.agent.accounts.discovered',
    kind: 'observableGauge',
    unit: '{account}',
    help: 'Accounts whose tokens Twilio told and whose callbacks verify by them, by status; only where accounts are discovered',
    labels: { status: closed(['active', 'suspended']) },
  },
  apiRecordsSkipped: {
    name: 'twilio.api.records.skipped',
    kind: 'counter',
    unit: '{record}',
    help: "Figures in answers of Twilio's REST API that were not exported: their number, their currency or their category is none, or they are over the series budget",
    labels: { reason: closed(['number', 'currency', 'category', 'budget']), account: ACCOUNT },
    budget: (MAX_API_ACCOUNTS + 1) * 4,
  },
  accountBalance: {
    name: 'twilio.account.balance',
    kind: 'observableGauge',
    unit: '{currency}',
    help: 'Balance of the Twilio account, at most three collection intervals old',
    labels: { currency: { from: 'run' }, account: ACCOUNT },
    budget: 2 * MAX_API_ACCOUNTS,
    double: true,
  },
  usageAmount: {
    name: 'twilio.usage.amount',
    kind: 'observableGauge',
    unit: '{usage}',
    help: "Usage of the current UTC day, by Twilio's category, of the account and its subaccounts; starts over at 00:00 UTC; at most three collection intervals old",
    labels: { category: { from: 'run' }, usage_unit: { from: 'run' }, account: ACCOUNT },
    budget: 1000,
    double: true,
  },
  usagePrice: {
    name: 'twilio.usage.price',
    kind: 'observableGauge',
    unit: '{currency}',
    help: "Price of the usage of the current UTC day, by Twilio's category (totalprice is the sum of all), of the account and its subaccounts; starts over at 00:00 UTC; at most three collection intervals old",
    labels: { category: { from: 'run' }, currency: { from: 'run' }, account: ACCOUNT },
    budget: 1000,
    double: true,
  },
} as const satisfies MetricRows;
