import { closed, type MetricRows } from './row.ts';

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event#event-types */
const EMAIL_EVENTS = [
  'processed',
  'dropped',
  'delivered',
  'deferred',
  'bounce',
  'open',
  'click',
  'spamreport',
  'unsubscribe',
  'group_unsubscribe',
  'group_resubscribe',
  'account_status_change',
  'other',
] as const;
/** https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/bounce-and-block-classifications */
const BOUNCE_CLASSIFICATIONS = [
  'invalid_address',
  'technical',
  'content',
  'reputation',
  'frequency_volume',
  'mailbox_unavailable',
  'unclassified',
  'unknown',
  'other',
] as const;

/** What SendGrid tells of e-mails. */
export const EMAIL_METRICS = {
  emailEvents: {
    name: 'twilio.email.event',
    kind: 'counter',
    unit: '{event}',
    help: 'Events of e-mails that SendGrid sent: each event counts once',
    labels: { event: closed(EMAIL_EVENTS) },
    durable: true,
    shownWith: 'sendgrid',
  },
  emailsBounced: {
    name: 'twilio.emails.bounced',
    kind: 'counter',
    unit: '{event}',
    help: 'Bounces and blocks of e-mails, by what SendGrid makes of the answer; unknown where it does not say',
    labels: { classification: closed(BOUNCE_CLASSIFICATIONS) },
    durable: true,
    shownWith: 'sendgrid',
  },
} as const satisfies MetricRows;
