import { type Rejection, reject } from '../../rejection.ts';
import { Fields, type Reception } from './fields.ts';
import { parseJsonText } from './json.ts';

/** A JSON object, as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, which may stand there as JSON inside a text; an empty one where there is none. */
export function asObject(value: unknown, name: string): JsonObject {
  if (value === undefined || value === null || value === '') return {};
  const parsed = typeof value === 'string' ? parseJsonText(value) : value;
  if (!isObject(parsed)) throw reject('invalid_field', name);
  return parsed;
}

/** Why an event without that member cannot be used. */
export const missingMember = (name: string): Rejection =>
  reject('missing_field', name, undefined, 'the event lacks what tells what it is about, or it is empty');

/** The members of a JSON object as fields. Twilio writes numbers as numbers or as text, and what it does not know as null. */
export class JsonFields extends Fields {
  protected readonly object: JsonObject;

  constructor(object: JsonObject, reception: Reception) {
    super(reception);
    this.object = object;
  }

  peek(name: string): string | undefined {
    const value = this.#member(name);
    if (typeof value === 'string' && value !== '') return value;
    return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
  }

  protected value(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined || value === null || value === '') return undefined;
    const read = this.peek(name);
    if (read === undefined) throw reject('invalid_field', name);
    return read;
  }

  protected override missing(name: string): Rejection {
    return missingMember(name);
  }

  #member(name: string): unknown {
    return Object.hasOwn(this.object, name) ? this.object[name] : undefined;
  }
}
