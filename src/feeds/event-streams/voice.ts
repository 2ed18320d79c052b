import { observe } from '../../../instrumentation/increments.ts';
import type { LabelsOf } from '../../../instrumentation/metrics.ts';
import { call } from '../../families/call.ts';
import { webhook } from '../../families/counted.ts';
import { change } from '../../families/family.ts';
import type { Change } from '../../ledger/ledger.ts';
import { readCall } from '../call.ts';
import type { RowReader } from '../counting.ts';
import type { EventReading } from '../feed.ts';
import type { Reception } from '../reading/fields.ts';
import { asObject, isObject } from '../reading/json-fields.ts';
import type { CloudEvent } from './cloud-event.ts';
import { Parameters } from './parameters.ts';

/**
 * Voice events wrap a request that Twilio sent to the user's own webhook: the parameters tell of the call as its status
 * callback does, and the answer tells how well that webhook works. https://www.twilio.com/docs/events/event-types/voice
 */
export function readCallEvent(event: CloudEvent, reception: Reception): EventReading {
  const request = asObject(event.data['request'], 'request');
  const parameters = new Parameters(asObject(request['parameters'], 'parameters'), reception);
  const told = readCall(parameters);
  return { changes: [change(call, told), ...webhookChange(event, reception)], unknown: parameters.unknown };
}

/** What other voice callbacks tell, for the family that such a callback belongs to. */
export function readVoiceEvent(read: RowReader, event: CloudEvent, reception: Reception): EventReading {
  const request = asObject(event.data['request'], 'request');
  const parameters = new Parameters(asObject(request['parameters'], 'parameters'), reception);
  const { changes, ...rest } = read(parameters);
  return { ...rest, changes: [...changes, ...webhookChange(event, reception)] };
}

/** How the user's webhook answered the request that the event wraps, once for each event. This agent is none of them. */
export function webhookChange({ id, data }: CloudEvent, { isOwnUrl }: Reception): Change[] {
  const { request, response } = data;
  if (!isObject(response)) return [];
  const url = isObject(request) ? request['url'] : undefined;
  if (typeof url === 'string' && isOwnUrl(url)) return [];
  const durationMs = numberOf(response['requestDuration']);
  if (durationMs === undefined) return [];
  const status_class = classOf(numberOf(response['responseCode']));
  return [
    change(webhook, {
      identity: id,
      increments: [observe('webhookRequestDuration', durationMs / 1_000, { status_class })],
    }),
  ];
}

/** A number of up to six digits, as a number or as text. */
function numberOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,6}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

function classOf(code = 0): LabelsOf<'webhookRequestDuration'>['status_class'] {
  if (code === 0) return 'none';
  const digit = Math.floor(code / 100);
  return digit >= 2 && digit <= 5 ? (`${digit}xx` as '2xx') : 'other';
}
