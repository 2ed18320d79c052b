import { reject } from '../rejection.ts';
import { Fields, type Reception } from './fields.ts';

/** A JSON object, as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a JSON object as fields. Twilio writes numbers as numbers or as text, and what it does not know as null. */
export class JsonFields extends Fields {
  protected readonly object: JsonObject;

  constructor(object: JsonObject, reception: Reception) {
    super(reception);
    this.object = object;
  }

  protected value(name: string): string | undefined {
    const value = Object.hasOwn(this.object, name) ? this.object[name] : undefined;
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    throw reject('invalid_field', name);
  }
}
