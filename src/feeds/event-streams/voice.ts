import { observe } from '../../../instrumentation/increments.ts';
import type { LabelsOf } from '../../../instrumentation/metrics.ts';
import { call } from '../../families/call.ts';
import { webhook } from '../../families/counted.ts';
import type { NoTime } from '../../families/durations.ts';
import { change } from '../../families/family.ts';
import type { Change } from '../../ledger/ledger.ts';
import { readCall } from '../call.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../fields.ts';
import { isObject, JsonFields, type JsonObject } from '../json-fields.ts';
import { asObject, type CloudEvent, eventTime } from './cloud-event.ts';

/**
 * Voice events wrap a request that Twilio sent to the user's own webhook: the parameters tell of the call as its status
 * callback does, and the answer tells how well that webhook works. https://www.twilio.com/docs/events/event-types/voice
 */
export function readCallEvent(event: CloudEvent, reception: Reception): EventReading {
  const fields = new JsonFields(parametersOf(event), reception);
  const told = readCall(withGoodTime(fields, event, reception));
  return { changes: [change(call, told), ...webhookChange(event)], unknown: fields.unknown };
}

const parametersOf = ({ data }: CloudEvent): JsonObject =>
  asObject(asObject(data['request'], 'request')['parameters'], 'parameters');

/** The parameters with a time that can be used: what a callback is refused for counts here without a duration. */
function withGoodTime(fields: JsonFields, event: CloudEvent, reception: Reception): JsonFields {
  const parameters = parametersOf(event);
  const at = eventTime(parameters['Timestamp'], 'Timestamp', reception);
  return typeof at === 'number' ? fields : new TimelessFields(parameters, reception, at);
}

/** Fields of an event whose time is of no use. */
class TimelessFields extends JsonFields {
  readonly #why: NoTime;

  constructor(object: JsonObject, reception: Reception, why: NoTime) {
    super(object, reception);
    this.#why = why;
  }

  override time(): NoTime {
    return this.#why;
  }
}

/** How the user's webhook answered the request that the event wraps, once for each event. */
export function webhookChange({ id, data }: CloudEvent): Change[] {
  const { response } = data;
  if (!isObject(response)) return [];
  const { responseCode, requestDuration } = response;
  const durationMs = Number(requestDuration);
  if (requestDuration === undefined || requestDuration === null || !(durationMs >= 0 && durationMs < 1e6)) return [];
  const increments = [observe('webhookRequestDuration', durationMs / 1_000, { status_class: classOf(responseCode) })];
  return [change(webhook, { identity: id, increments })];
}

function classOf(code: unknown): LabelsOf<'webhookRequestDuration'>['status_class'] {
  if (code === undefined || code === null || code === '' || Number(code) === 0) return 'none';
  const digit = Math.floor(Number(code) / 100);
  return digit >= 2 && digit <= 5 ? (`${digit}xx` as '2xx') : 'other';
}
