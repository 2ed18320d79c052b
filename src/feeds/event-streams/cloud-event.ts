import type { When } from '../../families/durations.ts';
import { reject } from '../../rejection.ts';
import { parseTime, type Reception } from '../reading/fields.ts';
import { asObject, isObject, type JsonObject, missingMember } from '../reading/json-fields.ts';

const LONGEST_ID = 256;
const TYPE = /^[\w.-]{1,200}$/;

/** One event of a sink. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly type: string;
  /** Opaque: what tells this event from others, and no more. */
  readonly id: string;
  readonly data: JsonObject;
}

/**
 * What stands in a batch as an event. Throws a `Rejection` where it is none, and where it is one of long ago: a signed
 * batch that somebody kept must not count again once it is forgotten.
 */
export function cloudEvent(value: unknown, reception: Reception): CloudEvent {
  if (!isObject(value) || Object.keys(value).length === 0) throw reject('malformed_json', 'an event');
  const { type, id } = value;
  if (type === undefined) throw missingMember('type');
  if (typeof type !== 'string' || !TYPE.test(type)) throw reject('invalid_field', 'type');
  if (id === undefined || id === '') throw missingMember('id');
  if (typeof id !== 'string' || id.length > LONGEST_ID) throw reject('invalid_field', 'id');
  eventTime(value['time'], 'time', reception);
  return { type, id, data: asObject(value['data'], 'data') };
}

/** Twilio is younger, and nobody alive will see the other one: a time outside is no time. */
const FIRST_MS = Date.UTC(2008);
const LAST_MS = Date.UTC(2100);
const CLOCKS_APART_MS = 60_000;

/**
 * When an event happened. Where its time is absurd or absent, or in the future, the event counts, and no duration is made
 * of it. A time that is good and lies before the ledger's window is refused as `too_old`, because nobody remembers
 * whether it was counted.
 */
export function eventTime(
  text: unknown,
  name: string,
  { receivedAtMs, wallMs, windowMs }: Reception,
  parse = parseTime,
): When {
  const atMs = typeof text === 'string' ? parse(text) : Number.NaN;
  if (!(atMs >= FIRST_MS && atMs < LAST_MS)) return 'no_time';
  if (atMs < Math.min(receivedAtMs, wallMs) - windowMs) throw reject('too_old', name);
  return atMs > Math.max(receivedAtMs, wallMs) + CLOCKS_APART_MS ? 'future' : atMs;
}
