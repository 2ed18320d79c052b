import { grown, perMinute, series, share } from './series.ts';

/** The questions that more than one dashboard asks. */
const DELIVERED = series('messageCallback', { status: 'delivered' });
const FAILED = series('messageCallback', { status: ['failed', 'undelivered'] });

export const messagesDelivered = grown(series('messagesDelivered'));
export const messagesFailed = grown(FAILED);
export const deliverySuccess = share(grown(DELIVERED), grown(FAILED));
export const deliverySuccessOverTime = share(perMinute(DELIVERED), perMinute(FAILED));
export const messagesByStatus = perMinute(series('messageCallback'), 'status');

export const callsCompleted = grown(series('callsCompleted'));
export const callsFailed = grown(series('callsFailed'));
export const callsByOutcome = grown(
  series('callCallback', { status: ['completed', 'busy', 'no-answer', 'canceled', 'failed'] }),
  'status',
);
