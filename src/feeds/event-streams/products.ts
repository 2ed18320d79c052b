import { ROW_READERS } from '../counting.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../reading/fields.ts';
import { asObject, JsonFields } from '../reading/json-fields.ts';
import type { CloudEvent } from './cloud-event.ts';
import { Parameters } from './parameters.ts';

const CONVERSATIONS = 'com.twilio.conversations.';

/**
 * Events of Conversations have the members of its webhooks, and their type says which webhook it would be:
 * `conversation-state.updated` is `onConversationStateUpdated`. https://www.twilio.com/docs/events/event-types/conversations/message
 */
export function readConversation({ type, data }: CloudEvent, reception: Reception): EventReading {
  const words = type.slice(CONVERSATIONS.length).split(/[.-]/);
  const EventType = `on${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
  return ROW_READERS.get('conversations')!(new Parameters({ ...data, EventType }, reception));
}

/** What an event of this name is called in a callback. */
const CALLBACK_NAMES: ReadonlyMap<string, string> = new Map([
  ['task-queue.expression-updated', 'task-queue.expression.updated'],
]);

/**
 * Events of TaskRouter have other names than its callbacks, and a time in ISO 8601 where these have seconds.
 * https://www.twilio.com/docs/events/event-types/taskrouter/task
 */
export function readTaskRouter({ data }: CloudEvent, reception: Reception): EventReading {
  const payload = new JsonFields(asObject(data['payload'], 'payload'), reception);
  const event = payload.text('eventtype');
  return ROW_READERS.get('taskrouter')!(
    new Parameters(
      {
        EventType: CALLBACK_NAMES.get(event) ?? event,
        ResourceSid: payload.text('resource_sid'),
        Timestamp: payload.text('timestamp'),
      },
      reception,
    ),
  );
}
