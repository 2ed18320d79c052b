import type { When } from '../../families/durations.ts';
import { JsonFields } from '../reading/json-fields.ts';
import { eventTime } from './cloud-event.ts';

/** The parameters of a callback in an event: a time that the callback is refused for counts here without a duration. */
export class Parameters extends JsonFields {
  override time(name: string, parse?: (text: string) => number): When {
    return eventTime(this.object[name], name, this.reception, parse);
  }
}
