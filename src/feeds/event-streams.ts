import { add } from '../../instrumentation/increments.ts';
import type { LabelsOf } from '../../instrumentation/metrics.ts';
import { EVENT_TYPES } from '../../instrumentation/sets/event-types.ts';
import { event as events } from '../families/counted.ts';
import { change } from '../families/family.ts';
import { Rejection } from '../rejection.ts';
import { ROW_READERS } from './counting.ts';
import { type CloudEvent, cloudEvent } from './event-streams/cloud-event.ts';
import { readErrorLog } from './event-streams/error-log.ts';
import { readInbound, readMessage } from './event-streams/messages.ts';
import { readConversation, readTaskRouter } from './event-streams/products.ts';
import { readVerification, readVerifyMessage } from './event-streams/verify.ts';
import { readCallEvent, readVoiceEvent, webhookChange } from './event-streams/voice.ts';
import type { EventReading, JsonFeed } from './feed.ts';
import type { Reception } from './reading/fields.ts';

type Reader = (event: CloudEvent, reception: Reception) => EventReading;

const ignored: Reader = () => ({ changes: [], ignored: true });

/** Who reads an event, by how its type begins: the first one that fits. What fits none is counted by its type. */
type Prefixed = readonly [prefix: string, read: Reader];
const READERS: readonly Prefixed[] = [
  ['com.twilio.messaging.message.', readMessage],
  ['com.twilio.messaging.inbound-message.', readInbound],
  ['com.twilio.voice.status-callback.call.', readCallEvent],
  ...[...ROW_READERS].map(
    ([name, read]): Prefixed => [
      `com.twilio.voice.status-callback.${name}.`,
      (event, reception) => readVoiceEvent(read, event, reception),
    ],
  ),
  ['com.twilio.voice.status-callback.', readWrapped],
  // The deprecated twin of the same events: counted again they would be doubled.
  ['com.twilio.voice.webhook.status-callback.', ignored],
  ['com.twilio.taskrouter.', readTaskRouter],
  ['com.twilio.conversations.', readConversation],
  ['com.twilio.accountsecurity.verify.verification.', readVerification],
  ['com.twilio.accountsecurity.verify.message.', readVerifyMessage],
  ['com.twilio.error-logs.error.', readErrorLog],
  ['com.twilio.eventstreams.test-event', readTest],
];

/** The webhook sink of Event Streams. https://www.twilio.com/docs/events/webhook-quickstart */
export const eventStreams: JsonFeed = {
  name: 'events',
  content: 'json',
  proof: 'twilio',
  read: (batch, reception) => batch.map((value) => readEvent(value, reception)),
};

function readEvent(value: unknown, reception: Reception): EventReading | Rejection {
  try {
    const event = cloudEvent(value, reception);
    const [, read = readOther] = READERS.find(([prefix]) => event.type.startsWith(prefix)) ?? [];
    return read(event, reception);
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);
/** What the log may be told: a type of Twilio's is words only. */
const TELLABLE = /^com\.twilio(?:\.[a-z][a-z_-]*\d?)+$/;

/** Counted by its type; one that this version does not know counts as `other`, and is told as ignored. */
function readOther({ type, id }: CloudEvent): EventReading {
  const known = KNOWN.has(type) && type !== 'other';
  const label = (known ? type : 'other') as LabelsOf<'eventStreamsEvents'>['type'];
  const changes = [change(events, { identity: id, increments: [add('eventStreamsEvents', { type: label })] })];
  if (known) return { changes };
  const named = TELLABLE.test(type) ? `the type ${type}` : 'a type';
  return { changes, ignored: true, note: `events: ${named} is not known to this version: counted as other` };
}

/** What a voice webhook of another kind was told: counted by its type, and by how the user's webhook answered. */
function readWrapped(event: CloudEvent, reception: Reception): EventReading {
  const { changes, ...rest } = readOther(event);
  return { ...rest, changes: [...changes, ...webhookChange(event, reception)] };
}

/** A UUID or a SID of a kind of its own: a SID of a message or a call is nobody's to see. */
const TEST_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?!SM|MM|ME|CA|PN|RE)[A-Z]{2}[0-9a-f]{32})$/;

/** Its id is the account's SID each time, so it is neither counted nor remembered. https://www.twilio.com/docs/events/api/sink-test-resource */
function readTest({ data }: CloudEvent): EventReading {
  const id = data['test_id'];
  const test = typeof id === 'string' && TEST_ID.test(id) ? id : undefined;
  const validate = test
    ? `validate the sink: curl -X POST https://events.twilio.com/v1/Sinks/$SINK_SID/Validate -d TestId=${test} -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN`
    : 'it has no test_id, so it cannot be used to validate the sink';
  return { changes: [], ignored: true, note: `events: the sink's test event arrived; ${validate}` };
}
