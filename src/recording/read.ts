import { type Local, made } from './pseudonyms.ts';
import type { Form, Head, Line } from './recorder.ts';
import { absoluteTime } from './shapes.ts';

/** The requests of a recording. Throws in words for a person where the text is none. */
export function readRecording(text: string): Line[] {
  const [first = '', ...rest] = text.split('\n').filter((line) => line !== '');
  const head = parsed(first, 1) as Head | null;
  if (head?.recording !== 1) throw new Error('it is no recording of this version');
  return rest.map((line, i) => asLine(parsed(line, i + 2), i + 2));
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`line ${number} is broken`);
  }
}

function asLine(value: unknown, number: number): Line {
  const { ms, feed, method, form, json } = (value ?? {}) as Record<string, unknown>;
  const isForm =
    Array.isArray(form) &&
    form.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string'));
  const usable = typeof ms === 'number' && typeof feed === 'string' && /^[a-z-]{1,40}$/.test(feed);
  if (!usable || !(isForm || json !== undefined)) throw new Error(`line ${number} is no request`);
  return isForm ? { ms, feed, method: method === 'GET' ? 'GET' : 'POST', form: form as Form } : { ms, feed, json };
}

/** A form as it is sent again: with values of the same shapes, its times as if the recording had begun then. */
export const madeForm = (form: Form, local: Local, startMs: number): Form =>
  form.map(([name, value]) => [made('', name, local), madeText(name, value, local, startMs)]);

function madeText(name: string, value: string, local: Local, startMs: number): string {
  if (/^[{[]/.test(value)) {
    try {
      return JSON.stringify(madeJson(JSON.parse(value), local, startMs));
    } catch {
      return value;
    }
  }
  return absoluteTime(made(name, value, local), startMs);
}

/** The same of a body of JSON. */
export function madeJson(value: unknown, local: Local, startMs: number, name = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => madeJson(each, local, startMs, name));
  if (typeof value === 'string') return madeText(name, value, local, startMs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [made('', key, local), madeJson(inner, local, startMs, key)]),
  );
}
