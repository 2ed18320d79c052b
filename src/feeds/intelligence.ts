import { add } from '../../instrumentation/increments.ts';
import { type LabelsOf, METRICS } from '../../instrumentation/metrics.ts';
import { intelligence as family } from '../families/counted.ts';
import { change } from '../families/family.ts';
import { Rejection, reject } from '../rejection.ts';
import type { EventReading, JsonFeed } from './feed.ts';
import { misdirected } from './misdirected.ts';
import type { Fields, Reception } from './reading/fields.ts';
import { isObject, JsonFields, type JsonObject } from './reading/json-fields.ts';

type Event = LabelsOf<'intelligenceCallback'>['event'];

const wrongOf = misdirected('intelligence');

/**
 * The webhook of a Conversational Intelligence service: that a transcript is there, or what its operators made of a
 * conversation. What they say is never read. https://www.twilio.com/docs/conversational-intelligence
 */
export const intelligence: JsonFeed = {
  name: 'intelligence',
  content: 'json',
  proof: 'twilio',
  // Some users of version 2 were called with a form, although Twilio documents JSON alone.
  asForm: {
    name: 'intelligence',
    content: 'form',
    read(form) {
      const wrong = wrongOf(form);
      if (wrong) throw wrong;
      return readTranscript(form);
    },
  },
  read: (bodies, reception) => bodies.flatMap((body) => readBody(body, reception)),
};

function readBody(body: unknown, reception: Reception): readonly (EventReading | Rejection)[] {
  return attempt(() => {
    if (!isObject(body) || Object.keys(body).length === 0) throw reject('malformed_json', 'an event');
    if (!Object.hasOwn(body, 'operatorResults')) return [readTranscript(new JsonFields(body, reception))];
    const results = body['operatorResults'];
    if (!Array.isArray(results)) throw reject('invalid_field', 'operatorResults');
    return results.flatMap((result) => attempt(() => [readResult(result, reception)]));
  });
}

function attempt(read: () => readonly (EventReading | Rejection)[]): readonly (EventReading | Rejection)[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Rejection) return [error];
    throw error;
  }
}

const readTranscript = (fields: Fields): EventReading =>
  counted(fields.sid('transcript_sid', 'GT'), fields.text('event_type'), 'event_type');

/** One of the results that version 3 tells in one body, each with an id of its own. */
function readResult(result: unknown, reception: Reception): EventReading {
  const fields = new JsonFields(memberOf({ result }, 'result'), reception);
  const trigger = memberOf(memberOf(result as JsonObject, 'executionDetails'), 'trigger');
  return counted(fields.text('id'), new JsonFields(trigger, reception).text('on').toLowerCase(), 'on');
}

function memberOf(object: JsonObject, name: string): JsonObject {
  const member = object[name];
  if (member === undefined || member === null) throw reject('missing_field', name);
  if (!isObject(member)) throw reject('invalid_field', name);
  return member;
}

const EVENTS: ReadonlySet<string> = new Set(METRICS.intelligenceCallback.labels.event.values);

function counted(identity: string, text: string, field: string): EventReading {
  const known = EVENTS.has(text) && text !== 'other';
  const increments = [add('intelligenceCallback', { event: (known ? text : 'other') as Event })];
  const changes = [change(family, { identity, increments })];
  return known ? { changes } : { changes, unknown: field };
}
