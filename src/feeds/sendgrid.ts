import { add } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { email } from '../families/counted.ts';
import { change } from '../families/family.ts';
import { Rejection, reject } from '../rejection.ts';
import type { EventReading, JsonFeed } from './feed.ts';
import type { Reception } from './reading/fields.ts';
import { isObject, JsonFields, type JsonObject, missingMember } from './reading/json-fields.ts';

type EmailEvent = LabelsOf<'emailEvents'>['event'];
type Classification = LabelsOf<'emailsBounced'>['classification'];

/**
 * The Event Webhook of SendGrid. Beside these few members an event holds whatever the sender gave it as custom arguments:
 * none of them is read. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
export const sendgrid: JsonFeed = {
  name: 'sendgrid',
  content: 'json',
  proof: 'sendgrid',
  read: (batch, reception) => batch.map((value) => readEvent(value, reception)),
};

function readEvent(value: unknown, reception: Reception): EventReading | Rejection {
  try {
    if (!isObject(value) || Object.keys(value).length === 0) throw reject('malformed_json', 'an event');
    return isConsoleTest(value) ? CONSOLE_TEST : readEmail(new JsonFields(value, reception));
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}

/** Every test of SendGrid's settings page tells of this one e-mail, each time with other ids of its events. */
const TEST_MESSAGE = '<14c5d75ce93.dfd.64b469@ismtpd-555>';
const isConsoleTest = (event: JsonObject): boolean =>
  Object.hasOwn(event, 'smtp-id') && event['smtp-id'] === TEST_MESSAGE;
const CONSOLE_TEST: EventReading = {
  changes: [],
  ignored: true,
  note: "sendgrid: the test of SendGrid's settings page arrived and is verified; it is not counted",
};

const EVENTS: ReadonlySet<string> = new Set(METRICS.emailEvents.labels.event.values);

function readEmail(fields: JsonFields): EventReading {
  // SendGrid once wrote one of them with a capital letter.
  const text = fields.text('event').toLowerCase();
  const known = EVENTS.has(text) && text !== 'other';
  const event = (known ? text : 'other') as EmailEvent;
  const increments = [add('emailEvents', { event })];
  if (event === 'bounce') {
    increments.push(
      add('emailsBounced', { classification: classificationOf(fields.optional('bounce_classification')) }),
    );
  }
  const changes = [change(email, { identity: identityOf(text, fields), increments })];
  return known ? { changes } : { changes, unknown: 'event' };
}

/** Old unsubscriptions have no id of their own: they are told apart by whose they are and when they happened. */
function identityOf(event: string, fields: JsonFields): string {
  const id = fields.optional('sg_event_id');
  if (id !== undefined) return id;
  const address = fields.optional('email');
  const time = fields.optional('timestamp');
  if (address === undefined || time === undefined) throw missingMember('sg_event_id');
  return JSON.stringify([event, address, time]);
}

const CLASSIFICATIONS: ReadonlySet<string> = new Set(METRICS.emailsBounced.labels.classification.values);
/** The statistics have other names for two of them than the events. */
const OTHER_SPELLINGS: Readonly<Record<string, Classification>> = {
  technical_failure: 'technical',
  frequency_or_volume_too_high: 'frequency_volume',
};

function classificationOf(text: string | undefined): Classification {
  if (text === undefined) return 'unknown';
  const name = text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_');
  if (Object.hasOwn(OTHER_SPELLINGS, name)) return OTHER_SPELLINGS[name]!;
  return CLASSIFICATIONS.has(name) ? (name as Classification) : 'other';
}
