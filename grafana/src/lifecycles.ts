import { graph, type PanelOf, statPanel } from './panels.ts';
import { grown, named, now, perSecond, quantile, quantiles, series, share } from './series.ts';

const QUEUE = (part: '_bucket' | '_sum') => series('messageQueueDuration', {}, part);
const CARRIER = (part: '_bucket' | '_sum') => series('messageCarrierDuration', {}, part);
const [TWILIO_SECONDS, CARRIER_SECONDS] = [perSecond(QUEUE('_sum')), perSecond(CARRIER('_sum'))];

const p95 = (buckets: string, side: string): string => named(quantile(buckets, 95), 'side', side);

/** How long messages take, and on whose side. */
export const howLongMessagesTake: readonly PanelOf[] = [
  graph({
    title: 'Delivery time',
    description:
      'From queued to delivered: half of the messages took no longer than p50, all but one in twenty no longer than p95. A gap means that none was delivered.',
    expr: quantiles(series('messageDeliveryDuration', {}, '_bucket'), 50, 95, 99),
    legend: '{{quantile}}',
    unit: 's',
    width: 8,
  }),
  graph({
    title: 'On whose side the time passes',
    description:
      "Twilio's share is the time from queued to sent, the carriers' that from sent to delivered. When delivery gets slow, the share that grows says whom to ask.",
    expr: `${named(share(TWILIO_SECONDS, CARRIER_SECONDS), 'side', 'Twilio')} or ${named(share(CARRIER_SECONDS, TWILIO_SECONDS), 'side', 'carriers')}`,
    legend: '{{side}}',
    unit: 'percentunit',
    width: 8,
    stacked: true,
  }),
  graph({
    title: 'Time on each side, 95th percentile',
    description:
      'The time that all but one in twenty messages spent with Twilio, in a queue of the sender, and with the carriers.',
    expr: `${p95(QUEUE('_bucket'), 'Twilio')} or ${p95(CARRIER('_bucket'), 'carriers')}`,
    legend: '{{side}}',
    unit: 's',
    width: 8,
  }),
];

/** Which messages are under way, and which should not be any more. */
export const messagesUnderWay: readonly PanelOf[] = [
  graph({
    title: 'In flight',
    description:
      'Messages that have begun and not ended. queued that grows: more is sent than the sender may send. sent that grows: carriers do not report.',
    expr: now(series('messagesInFlight'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  graph({
    title: 'Overdue',
    description:
      'Messages in flight that began more than 15 minutes ago (families.message.overdue_after). Some carriers never report delivered: a level that stays is theirs, one that grows is news.',
    expr: now(series('messagesOverdue'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  graph({
    title: 'Unresolved',
    description:
      'Messages whose end was not told within 72 hours (families.message.unresolved_after), in the chosen time range.',
    expr: grown(series('messagesUnresolved'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
  }),
];

/** How long calls ring and last. */
export const howLongCallsTake: readonly PanelOf[] = [
  graph({
    title: 'Ring time',
    description: 'From ringing to in-progress, of calls that were answered.',
    expr: quantiles(series('callRingDuration', {}, '_bucket'), 50, 95, 99),
    legend: '{{quantile}}',
    unit: 's',
    width: 12,
  }),
  graph({
    title: 'Call duration',
    description:
      'The length of completed calls, as Twilio bills it. Many very short ones are calls in which nobody heard anything.',
    expr: quantiles(series('callDuration', {}, '_bucket'), 50, 95, 99),
    legend: '{{quantile}}',
    unit: 's',
    width: 12,
  }),
];

export const callsUnderWay: readonly PanelOf[] = [
  graph({
    title: 'In flight',
    description: 'Calls that have begun and not ended: in-progress is how many people are talking now.',
    expr: now(series('callsInFlight'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  graph({
    title: 'Overdue',
    description:
      'Calls in flight that began more than 4 hours ago (families.call.overdue_after): their end was not told, or somebody forgot to hang up.',
    expr: now(series('callsOverdue'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
    stacked: true,
  }),
  graph({
    title: 'Unresolved',
    description:
      'Calls whose end was not told within 24 hours (families.call.unresolved_after), in the chosen time range. Many: the status callback does not ask for completed.',
    expr: grown(series('callsUnresolved'), 'phase'),
    legend: '{{phase}}',
    unit: 'short',
    width: 8,
  }),
];

/** What an overview needs of all that. */
export const rightNow: readonly PanelOf[] = [
  statPanel({
    title: 'Delivery time, 95th percentile',
    description: 'All but one in twenty messages were delivered faster, in the chosen time range.',
    expr: quantile(series('messageDeliveryDuration', {}, '_bucket'), 95, '$__range'),
    unit: 's',
    width: 6,
    thresholds: [
      ['green', null],
      ['yellow', 60],
      ['red', 120],
    ],
  }),
  statPanel({
    title: 'Messages in flight',
    description: 'Messages that have begun and not ended.',
    expr: now(series('messagesInFlight')),
    unit: 'short',
    width: 6,
  }),
  statPanel({
    title: 'Messages overdue',
    description: 'Messages in flight that began more than 15 minutes ago.',
    expr: now(series('messagesOverdue')),
    unit: 'short',
    width: 6,
  }),
  statPanel({
    title: 'Calls in flight',
    description: 'Calls that have begun and not ended.',
    expr: now(series('callsInFlight')),
    unit: 'short',
    width: 6,
  }),
];
