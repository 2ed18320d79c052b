import { add } from '../../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../../instrumentation/metrics.ts';
import { verification, verifyMessage } from '../../families/counted.ts';
import { change } from '../../families/family.ts';
import { Statuses } from '../../families/statuses.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../reading/fields.ts';
import { type CloudEvent, eventTime } from './cloud-event.ts';

const VERIFICATIONS = new Statuses<LabelsOf<'verifyVerifications'>['status']>(
  METRICS.verifyVerifications.labels.status.values,
);
const MESSAGES = new Statuses<LabelsOf<'verifyMessages'>['status']>(METRICS.verifyMessages.labels.status.values);

/** The status is the last part of the type. https://www.twilio.com/docs/events/event-types/verify */
const statusOf = ({ type }: CloudEvent): string => type.slice(type.lastIndexOf('.') + 1);

export function readVerification(event: CloudEvent, reception: Reception): EventReading {
  eventTime(event.data['created_at'], 'created_at', reception);
  const increments = [add('verifyVerifications', { status: VERIFICATIONS.parse(statusOf(event)) })];
  return { changes: [change(verification, { identity: event.id, increments })] };
}

export function readVerifyMessage(event: CloudEvent, reception: Reception): EventReading {
  eventTime(event.data['created_at'], 'created_at', reception);
  const increments = [add('verifyMessages', { status: MESSAGES.parse(statusOf(event)) })];
  return { changes: [change(verifyMessage, { identity: event.id, increments })] };
}
