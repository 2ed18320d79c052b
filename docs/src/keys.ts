import { z } from 'zod';
import { FACTS, type Facts } from '../../src/config/schema/facts.ts';
import { SCHEMA } from '../../src/config/schema.ts';

/** A key of the configuration, or a map of keys. */
export interface Key {
  /** Such as `receivers.twilio.accounts[].account_sid`. */
  readonly path: string;
  readonly meaning: string;
  /** None for what only holds other keys. */
  readonly facts?: Facts;
}

/** What a wrapper of zod's, such as a default or a conversion, is about. */
function inner(type: z.ZodType): z.ZodType | undefined {
  if (type instanceof z.ZodPrefault || type instanceof z.ZodDefault) return type.unwrap() as z.ZodType;
  if (type instanceof z.ZodPipe) return (type.out instanceof z.ZodTransform ? type.in : type.out) as z.ZodType;
  return undefined;
}

const found = <T>(type: z.ZodType, look: (type: z.ZodType) => T | undefined): T | undefined => {
  const next = inner(type);
  return look(type) ?? (next && found(next, look));
};

/** Every key of the schema in its order, maps before what they hold. */
export function keysOf(type: z.ZodType = SCHEMA, path = ''): Key[] {
  const meaning = found(type, ({ description }) => description) ?? '';
  const facts = found(type, (each) => FACTS.get(each));
  if (facts) return [{ path, meaning, facts }];
  const list = found(type, (each) => (each instanceof z.ZodArray ? each : undefined));
  if (list) {
    const facts = { type: 'list of maps', fallback: '', bounds: '' };
    return [{ path, meaning, facts }, ...keysOf(list.element as z.ZodType, `${path}[]`)];
  }
  const map = found(type, (each) => (each instanceof z.ZodObject ? each : undefined));
  if (!map) throw new Error(`${path} is of a kind that has no facts`);
  const below = Object.entries(map.shape).flatMap(([name, each]) =>
    keysOf(each as z.ZodType, path === '' ? name : `${path}.${name}`),
  );
  // The document itself and an item of a list are no keys.
  return path === '' || path.endsWith('[]') ? below : [{ path, meaning }, ...below];
}
