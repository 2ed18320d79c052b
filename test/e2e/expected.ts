import { alertOf, BURNS, OBJECTIVES } from '../../otel-config/src/objectives.ts';
import { badRecord, errorsRecord } from '../../otel-config/src/slo-rules.ts';

/**
 * What every panel and every rule must say after `support/traffic.ts`, by the value of the label that it is summed by
 * ('' for none). Series that are not named must be 0. A function judges what is not determined to the digit.
 *
 * The dashboards' ranges and rate intervals are 5 minutes here, so a rate per minute is a fifth of the count.
 */
export type Expected = Readonly<Record<string, number | ((value: number) => boolean)>>;

const DELIVERED = 21;
const UNDELIVERED = 50;
const FAILED = 12;
const COMPLETED = 10;
const CALLS_FAILED = 32;
const ACCEPTED = 178;
const DUPLICATE = 3;
/** Of series that begin at 1, before which Prometheus extrapolates them back to 0 at the most. */
const from = (low: number, high: number) => (value: number) => value >= low - 1e-9 && value <= high + 1e-9;
/** Messages that were queued 20 minutes ago and not heard of again. */
const STUCK = 5;
const SUCCESS = { '': DELIVERED / (DELIVERED + UNDELIVERED + FAILED) };
const FAILURES = UNDELIVERED + FAILED;
const BY_STATUS = {
  queued: (20 + STUCK) / 5,
  sent: 21 / 5,
  delivered: DELIVERED / 5,
  undelivered: UNDELIVERED / 5,
  failed: FAILED / 5,
};
/**
 * Of 21 messages one took no time, 18 took 7 s (the bucket from 5 to 10) and two 40 s (from 30 to 60): the 95th percentile is
 * the 19.95th of them, 0.95 of the two behind the first 19.
 */
const DELIVERY_P95 = 30 + (30 * (0.95 * 21 - 19)) / 2;
const BY_CODE = { 30003: 50, 30005: 1, 30007: 10, unknown: 1 };
const BY_OUTCOME = { completed: COMPLETED, busy: 20, failed: 10, 'no-answer': 2 };

/** The budget of delivery is 5%; nothing else that was promised is broken here. */
const DELIVERY_ERRORS = FAILURES / (FAILURES + DELIVERED);
const sloPanels = (title: string, errors: number, by: string): Readonly<Record<string, Expected>> => ({
  [`${title}: budget left`]: { '': 1 - errors / 0.05 },
  [`${title}: good`]: { '': 1 - errors },
  [`${title}: burn rate`]: { [by]: errors / 0.05 },
});

export const PANELS: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {
  'twilio-overview': {
    'Delivery success': SUCCESS,
    'Messages delivered': { '': DELIVERED },
    'Messages failed': { '': FAILURES },
    'Calls completed': { '': COMPLETED },
    'Calls failed': { '': CALLS_FAILED },
    'Callbacks refused': { '': 7 },
    'Delivery time, 95th percentile': { '': DELIVERY_P95 },
    'Messages in flight': { '': STUCK },
    'Messages overdue': { '': STUCK },
    'Calls in flight': { '': 0 },
    'Message volume': BY_STATUS,
    'Delivery success over time': SUCCESS,
    'Failures by error code': BY_CODE,
    'Calls by outcome': BY_OUTCOME,
    Agents: { '': 1 },
    Signatures: { '': 1 },
    Ledger: { '': 1 },
    Duplicates: { '': DUPLICATE },
    'API errors': { '': 4 },
    'Transport errors': { '': 1 },
    'Callbacks by outcome': { accepted: from(ACCEPTED / 5, (ACCEPTED + 1) / 5), duplicate: DUPLICATE / 5 },
    'Refusals by reason': { signature_invalid: 5 / 5, signature_missing: 1 / 5, missing_field: 1 / 5 },
    'Answer time, 99th percentile': { '': (seconds) => seconds > 0 && seconds < 1 },
  },
  'twilio-slo': {
    ...sloPanels('Delivery', DELIVERY_ERRORS, ''),
    ...sloPanels('Time to deliver', 0, ''),
    ...sloPanels('Callbacks accepted', 0, ''),
    'What ate the budget of delivery': {
      delivery: from(50, 53),
      blocked: from(9, 12),
      other: from(1, 2),
    },
    'What ate the budget of the time to deliver': {
      Twilio: (seconds) => seconds > 10 && seconds < 60,
      carriers: 0.95,
    },
    'What ate the budget of callbacks': {},
    // Nothing stands behind the agent here.
    'Answers of the application: budget left': {},
    'Answers of the application: good': {},
    'Answers of the application: burn rate': {},
    'What ate the budget of the application': {},
  },
  'twilio-messages': {
    Sent: { '': 21 },
    Delivered: { '': DELIVERED },
    Undelivered: { '': UNDELIVERED },
    Failed: { '': FAILED },
    'Delivery success': SUCCESS,
    Contradictions: { '': 1 },
    'Callbacks by status': BY_STATUS,
    'How messages ended': { delivered: DELIVERED, undelivered: UNDELIVERED, failed: FAILED },
    'Delivery success over time': SUCCESS,
    'Delivery time': {
      p50: 5 + (5 * (0.5 * 21 - 1)) / 18,
      p95: DELIVERY_P95,
      p99: 30 + (30 * (0.99 * 21 - 19)) / 2,
    },
    'On whose side the time passes': {
      Twilio: (share) => share > 0.9 && share < 1,
      carriers: (share) => share > 0 && share < 0.1,
    },
    // With Twilio 20 messages waited, two of them 40 s; with the carriers all took less than a second.
    'Time on each side, 95th percentile': { Twilio: 30 + (30 * (0.95 * 20 - 18)) / 2, carriers: 0.95 },
    'In flight': { queued: STUCK },
    Overdue: { queued: STUCK },
    Unresolved: {},
    Failures: { undelivered: UNDELIVERED / 5, failed: FAILED / 5 },
    // 30005 never grew after it appeared.
    'Failures by error code over time': {
      30003: from(49 / 5, 50 / 5),
      30007: from(9 / 5, 10 / 5),
      unknown: 1 / 5,
    },
    'Failures by category': { delivery: 51 / 5, blocked: 10 / 5, other: 1 / 5 },
    // Actor, advice (the code, which Grafana replaces by words), category, code.
    'Failures by error code': {
      'recipient,30003,delivery,30003': 50,
      'sender,30005,delivery,30005': 1,
      'sender,30007,blocked,30007': 10,
      'unknown,unknown,other,unknown': 1,
    },
    'Who can act on failures': { recipient: 50, sender: 11, unknown: 1 },
    // Nobody asked for these labels here; labels.e2e.ts does.
    ...Object.fromEntries(
      ['By country', 'By messaging service'].flatMap((title) =>
        ['Ended', 'Delivered', 'Delivered within, 95%'].map((column) => [`${title}: ${column}`, {}]),
      ),
    ),
  },
  'twilio-voice': {
    'Calls completed': { '': COMPLETED },
    'Calls failed': { '': CALLS_FAILED },
    'Failure rate': { '': CALLS_FAILED / (CALLS_FAILED + COMPLETED) },
    'Failed for a technical reason': { '': 10 },
    'Calls by status': {
      initiated: 10 / 5,
      ringing: 10 / 5,
      'in-progress': 10 / 5,
      completed: COMPLETED / 5,
      busy: 20 / 5,
      failed: 10 / 5,
      'no-answer': 2 / 5,
    },
    'Calls by outcome': BY_OUTCOME,
    // Ten calls rang for 12 s (the bucket from 10 to 15) and lasted 45 s (from 30 to 60).
    'Ring time': { p50: 10 + 5 * 0.5, p95: 10 + 5 * 0.95, p99: 10 + 5 * 0.99 },
    'Call duration': { p50: 30 + 30 * 0.5, p95: 30 + 30 * 0.95, p99: 30 + 30 * 0.99 },
    'In flight': {},
    Overdue: {},
    Unresolved: {},
    'Failure rate over time': { '': CALLS_FAILED / (CALLS_FAILED + COMPLETED) },
    'Failures by reason over time': { busy: 20 / 5, invalid_number: 10 / 5, no_answer: 2 / 5 },
    'Failures by reason': { busy: 20, invalid_number: 10, no_answer: 2 },
  },
  // A batch of 58, and the same again; before them the 25 messages that were queued.
  'twilio-events': {
    'Events taken': { '': from(25 + 36 + 20 + 56, 25 + 37 + 20 + 56) },
    'Events refused': { '': 2 },
    'Inbound messages': { '': 5 },
    'Segments sent': { '': 40 },
    "Errors in Twilio's log": { '': 4 },
    'Errors about this agent': { '': 2 },
    'Events by outcome': { accepted: from((25 + 36) / 5, (25 + 37) / 5), duplicate: (20 + 56) / 5, ignored: 2 / 5 },
    'Refused events by reason': { missing_field: 2 / 5 },
    'Other events by type': { 'com.twilio.voice.status-callback.announcement.processed': 10 },
    'Errors by category': { delivery: 4 / 5, webhook: 2 / 5 },
    'Errors by product': { messaging: 4 / 5, this_agent: 2 / 5 },
    'Warnings by product': { functions: 3 / 5 },
    'Answer time of your webhooks, 95th percentile': { '': (seconds) => seconds > 0.1 && seconds <= 0.25 },
    'Answers of your webhooks by class': { '2xx': from(9 / 5, 10 / 5) },
    'Verifications by status': { approved: 6 / 5 },
    'Messages of Verify by status': { delivered: 7 / 5 },
  },
  // Nobody uses these products here; products.e2e.ts has every one of them call.
  'twilio-products': {
    'Callbacks by product': {},
    'What goes wrong': {},
    'E-mails by event': {},
    'Bounces by class': {},
    'Bounce rate': {},
    'Recordings by status': {},
    'Transcriptions by event': {},
    'Intelligence by event': {},
    'Conferences by event': {},
    'Conferences that ended, by reason': {},
    'Participants who left, by reason': {},
    'Who answered': {},
    'Media streams by event': {},
    'SIPREC by event': {},
    'Payments by error': {},
    'Video by event': {},
    'Conversations by event': {},
    'Deliveries of Conversations': {},
    'Sync by event': {},
    'TaskRouter by event': {},
    'Tasks that ended, by outcome': {},
    Timeouts: {},
    'Bundles by status': {},
    'Usage triggers that fired': {},
    "Twilio's error log by product": { messaging: 4 / 5, this_agent: 2 / 5 },
  },
  // The REST API refuses the agent here; twilio-api.e2e.ts has it answer.
  'twilio-cost': {
    Balance: {},
    'Hours left': {},
    'Spent today': {},
    'Spending per hour': {},
    'Balance over time': {},
    'Price of today over time': {},
    'Price of today by category': {},
    'Usage of today by category': {},
    API: { '': 0 },
    'Failed requests': { '': 4 },
    'Oldest success': {},
    'Figures not exported': {},
    'Failed requests by operation': { FetchBalance: 2 / 5, FetchUsageRecordsToday: 2 / 5 },
    'Answer time of the API, 95th percentile': {
      FetchBalance: (seconds) => seconds > 0 && seconds <= 30,
      FetchUsageRecordsToday: (seconds) => seconds > 0 && seconds <= 30,
    },
    'Age of the figures': {},
  },
  'twilio-agent': {
    'Running for': { '': (seconds) => seconds > 0 && seconds < 120 },
    'Failed pushes': {},
    // A machine that is busy with other tests keeps the agent waiting for longer than its own work does.
    'Event loop delay': { '': (seconds) => seconds >= 0 && seconds < 60 },
    'Ledger filled': { '': (share) => share > 0 && share < 0.001 },
    'Clock skew': { '': (seconds) => seconds < 1 },
    'Scrape page': { '': (bytes) => bytes > 10_000 && bytes < 200_000 },
    'Pushes by outcome': {},
    'Push duration, 99th percentile': {},
    'Since the last success': {},
    // Reconciliation is off here.
    'Callbacks missing': {},
    'Share missing': {},
    'Missing and back-filled': {},
    Behind: {},
    // Nothing stands behind the agent here.
    'Application: answers': {},
    'Application: what goes wrong': {},
    'Application: time, 95th percentile': {},
    'Application: answered by others': {},
    'Commit, 99th percentile': { '': (seconds) => seconds > 0 && seconds < 5 },
    CPU: { user: (cores) => cores > 0 && cores < 2, system: (cores) => cores >= 0 && cores < 2 },
    Memory: { '': (bytes) => bytes > 30e6 && bytes < 1e9 },
  },
};

/** What a rule's expression says, `none` being no sample at all. Rates of rules are per second, over 5 minutes. */
export interface ExpectedRule {
  readonly before: Expected | 'none';
  readonly after: Expected | 'none';
  /** The end of the expression that is left away, because the traffic cannot get over it in a test's time. */
  readonly threshold?: string;
}

/** What the rules of the objectives record, and which of them are raised. */
function sloRules(): Record<string, ExpectedRule> {
  const rules: Record<string, ExpectedRule> = {};
  for (const objective of OBJECTIVES) {
    const delivery = objective.name === 'delivery';
    const after = objective.name === 'application' ? 'none' : { '': delivery ? DELIVERY_ERRORS : 0 };
    for (const window of ['5m', '30m', '1h', '6h', '3d'])
      rules[errorsRecord(objective, window)] = { before: 'none', after };
    for (const burn of BURNS) {
      // Of what was never seen there is no series before, and a growth is extrapolated a little.
      const some = (value: number) => (delivery ? value >= FAILURES - 1 : value < 1e-9);
      const none = (value: number) => Number.isNaN(value) || value === 0;
      rules[badRecord(objective, burn.long)] =
        objective.name === 'application' ? { before: 'none', after } : { before: { '': none }, after: { '': some } };
      rules[alertOf(objective, burn)] = { before: 'none', after: delivery ? after : 'none' };
    }
  }
  return rules;
}

export const RULES: Readonly<Record<string, ExpectedRule>> = {
  ...sloRules(),
  'job:twilio_messages_delivered:rate5m': { before: { '': 0 }, after: { '': DELIVERED / 300 } },
  'job:twilio_messages_failed:rate5m': { before: { '': 0 }, after: { '': FAILURES / 300 } },
  'job:twilio_message_delivery_success:ratio_rate5m': { before: 'none', after: SUCCESS },
  TwilioMessageFailures: { before: 'none', after: { '': FAILURES / 5 } },
  TwilioMessageFailureRate: { before: 'none', after: { '': FAILURES / (FAILURES + DELIVERED) } },
  TwilioMessageDeliverySuccess: { before: 'none', after: SUCCESS },
  // Nobody asked for countries here, and nobody uses Verify.
  'job_country:twilio_messages_sent:increase1h': { before: 'none', after: 'none' },
  'job_country:twilio_messages_delivered:ratio1h': { before: 'none', after: 'none' },
  'job:twilio_verifications_approved:ratio1h': { before: 'none', after: 'none' },
  'job_country:twilio_messages_unusual:increase1h': { before: 'none', after: 'none' },
  TwilioTrafficPumping: { before: 'none', after: 'none' },
  TwilioMessageErrorsToFix: { before: 'none', after: 'none' },
  TwilioMessageDeliveryErrors: { before: 'none', after: { '': 51 / (FAILURES + DELIVERED) } },
  // Ten are blocked: a share above the threshold, but too few.
  TwilioMessagesBlocked: { before: 'none', after: 'none' },
  TwilioMessageCapacityErrors: { before: 'none', after: 'none' },
  'job:twilio_calls_completed:rate5m': { before: { '': 0 }, after: { '': COMPLETED / 300 } },
  'job:twilio_calls_failed:rate5m': { before: { '': 0 }, after: { '': CALLS_FAILED / 300 } },
  'job:twilio_call_failure:ratio_rate5m': { before: 'none', after: { '': CALLS_FAILED / (CALLS_FAILED + COMPLETED) } },
  TwilioCallFailures: { before: 'none', after: { '': CALLS_FAILED / 5 } },
  TwilioCallFailureRate: { before: 'none', after: { '': CALLS_FAILED / (CALLS_FAILED + COMPLETED) } },
  // Nothing was delivered yet: no number.
  'job:twilio_message_delivery_seconds:p95_15m': { before: { '': Number.isNaN }, after: { '': DELIVERY_P95 } },
  'job:twilio_message_queue_share:ratio_rate15m': {
    before: 'none',
    after: { '': (share) => share > 0.9 && share < 1 },
  },
  TwilioMessageDeliverySlow: { before: 'none', after: 'none' },
  TwilioMessagesOverdueGrowing: { before: 'none', after: 'none' },
  TwilioMessagesUnresolved: { before: 'none', after: 'none' },
  TwilioCallsUnresolved: { before: 'none', after: 'none' },
  // Nobody uses these products here, and six errors in Twilio's log are few; products.e2e.ts has them all.
  TwilioRecordingsLost: { before: 'none', after: 'none' },
  TwilioStreamErrors: { before: 'none', after: 'none' },
  TwilioTaskTimeouts: { before: 'none', after: 'none' },
  TwilioBundleRejected: { before: 'none', after: 'none' },
  TwilioEmailBounceRate: { before: 'none', after: 'none' },
  TwilioEmailSpamReports: { before: 'none', after: 'none' },
  TwilioDebuggerErrors: { before: 'none', after: 'none' },
  TwilioUsageTriggerFired: { before: 'none', after: 'none' },
  TwilioNoCallbacks: { before: { '': 0 }, after: 'none' },
  TwilioEventStreamsSilent: { before: 'none', after: 'none' },
  TwilioSignatureRefusals: { before: 'none', after: { '': 6 } },
  TwilioSignaturesNotVerified: { before: 'none', after: 'none' },
  TwilioAgentDown: { before: 'none', after: 'none' },
  // Nothing is pushed here, and nothing ails the agent.
  TwilioExportFailing: { before: 'none', after: 'none' },
  TwilioLedgerNearlyFull: { before: 'none', after: 'none' },
  TwilioEventLoopBlocked: {
    before: { '': (seconds) => seconds >= 0 && seconds < 60 },
    after: { '': (seconds) => seconds >= 0 && seconds < 60 },
    threshold: ' > 1',
  },
  TwilioClockSkew: { before: 'none', after: 'none' },
  // The REST API refuses the agent here; twilio-api.e2e.ts has it answer.
  'job:twilio_callbacks_missing:ratio_increase6h': { before: 'none', after: 'none' },
  'job:twilio_account_burn:per_hour6h': { before: 'none', after: 'none' },
  'job:twilio_account_left:hours': { before: 'none', after: 'none' },
  TwilioBalanceLow: { before: 'none', after: 'none' },
  TwilioBalanceRunsOut: { before: 'none', after: 'none' },
  TwilioApiNoSuccess: { before: 'none', after: 'none' },
  TwilioApiFiguresMissing: {
    before: { FetchBalance: 300, FetchUsageRecordsToday: 900 },
    after: { FetchBalance: 300, FetchUsageRecordsToday: 900 },
  },
  // Reconciliation is off here.
  TwilioCallbacksMissing: { before: 'none', after: 'none' },
  TwilioReconciliationBehind: { before: 'none', after: 'none' },
  // Nothing stands behind the agent here; forward-outage.e2e.ts has an application that fails.
  TwilioApplicationErrors: { before: 'none', after: 'none' },
  TwilioApplicationUnreachable: { before: 'none', after: 'none' },
  TwilioApplicationSlow: { before: 'none', after: 'none' },
  TwilioApplicationTooSlow: { before: 'none', after: 'none' },
  TwilioFallbackServed: { before: 'none', after: 'none' },
  // Prometheus extrapolates a growth a little beyond the scrapes that saw it.
  TwilioApiErrors: {
    before: { FetchBalance: 0, FetchUsageRecordsToday: 0 },
    after: {
      FetchBalance: (errors) => errors >= 2 && errors < 2.5,
      FetchUsageRecordsToday: (errors) => errors >= 2 && errors < 2.5,
    },
    threshold: ' > 2',
  },
};
