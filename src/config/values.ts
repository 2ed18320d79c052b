/** The kinds of values that a configuration holds, each with the words in which it is refused. */
import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { FACTS } from './schema/facts.ts';

// After ${env:...} expansion a scalar may be text where a number or a switch is due: each type converts its own.

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be one value, not a list or a map' });

/** A number of units as `<number><unit>`, one or more times (`1m30s`). */
function measure(text: string, units: Readonly<Record<string, number>>): number | undefined {
  if (text === '0') return 0;
  const part = /(\d+(?:\.\d+)?)([A-Za-z]+)/y;
  let total = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    const unit = match && Object.hasOwn(units, match[2]!) ? units[match[2]!] : undefined;
    if (!match || unit === undefined) return undefined;
    total += Number(match[1]) * unit;
  }
  // Node takes whole bytes and milliseconds only.
  return text === '' ? undefined : Math.round(total);
}

/** What is allowed between two ends, in words; one of them may be open. */
const between = (min?: string | number, max?: string | number): string =>
  min === undefined
    ? max === undefined
      ? ''
      : `at most ${max}`
    : max === undefined
      ? `at least ${min}`
      : `${min} to ${max}`;

interface Bounds {
  readonly min?: string;
  readonly max?: string;
  /** The unit of a bare number, for variables that OpenTelemetry defines in ms. */
  readonly bareUnit?: string;
}

function measured(
  type: string,
  what: string,
  units: Readonly<Record<string, number>>,
  fallback: string,
  { min, max, bareUnit }: Bounds,
) {
  const amount = (text: string) => measure(text, units) ?? 0;
  const bounds = between(min, max);
  const value = scalar.default(fallback).transform((given, context) => {
    const written = String(given).trim();
    const value = measure(bareUnit && /^\d+$/.test(written) ? written + bareUnit : written, units);
    if (value === undefined) context.addIssue({ code: 'custom', message: `must be ${what}`, input: given });
    else if (min !== undefined && value < amount(min)) {
      context.addIssue({ code: 'custom', message: `must be at least ${min}`, input: given });
    } else if (max !== undefined && value > amount(max)) {
      context.addIssue({ code: 'custom', message: `must be at most ${max}`, input: given });
    }
    return value ?? 0;
  });
  return value.register(FACTS, { type, fallback, bounds });
}

/** A duration in ms. */
export const duration = (fallback: string, bounds: Bounds = {}) =>
  measured('duration', 'a duration such as 500ms, 30s, 5m, 168h or 7d', DURATION_UNITS, fallback, bounds);

/** A size in bytes. */
export const size = (fallback: string, bounds: Bounds = {}) =>
  measured('size', 'a size such as 512B, 64KiB or 1MiB', SIZE_UNITS, fallback, bounds);

/** A whole number. */
export const count = (fallback: number, { min, max }: { min: number; max: number }) =>
  scalar
    .default(fallback)
    .transform((given, context) => {
      const value = typeof given === 'number' || /^-?\d+$/.test(String(given).trim()) ? Number(given) : Number.NaN;
      if (!Number.isInteger(value) || value < min || value > max) {
        context.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}`, input: given });
      }
      return value;
    })
    .register(FACTS, { type: 'whole number', fallback: String(fallback), bounds: between(min, max) });

export const flag = (fallback: boolean) =>
  scalar
    .default(fallback)
    .transform((given, context) => {
      const text = String(given).trim().toLowerCase();
      if (text !== 'true' && text !== 'false' && text !== '') {
        context.addIssue({ code: 'custom', message: 'must be true or false', input: given });
      }
      return text === '' ? fallback : text === 'true';
    })
    .register(FACTS, { type: 'true or false', fallback: String(fallback), bounds: '' });

/** A switch that is neither on nor off until something tells. */
export const flagOrAuto = () =>
  scalar
    .default('auto')
    .transform((given, context): boolean | 'auto' => {
      const text = String(given).trim().toLowerCase();
      if (text === 'true' || text === 'false') return text === 'true';
      if (text !== 'auto' && text !== '') {
        context.addIssue({ code: 'custom', message: 'must be true, false or auto', input: given });
      }
      return 'auto';
    })
    .register(FACTS, { type: 'true, false or auto', fallback: 'auto', bounds: '' });

/** Text; a bare number stays the text that was written. */
export const text = (fallback = '') =>
  scalar
    .default(fallback)
    .transform((given) => String(given))
    .register(FACTS, { type: 'text', fallback, bounds: '' });

export const choice = <const V extends readonly string[]>(values: V, fallback: V[number]) =>
  scalar
    .default(fallback)
    .transform((given, context): V[number] => {
      const value = String(given).trim().toLowerCase();
      if (value === '') return fallback;
      if (!values.includes(value)) {
        context.addIssue({ code: 'custom', message: `must be one of ${values.join(', ')}`, input: given });
      }
      return value;
    })
    .register(FACTS, { type: 'one of', fallback, bounds: values.map((value) => `\`${value}\``).join(' ') });

/** A list; one text with commas is a list too, because a variable of the environment can hold no other. */
export const list = (fallback: readonly string[] = []) =>
  z
    .union([z.array(scalar), scalar], { error: 'must be a list' })
    .default([...fallback])
    .transform((given) =>
      (Array.isArray(given) ? given : String(given).split(',')).map((item) => String(item).trim()).filter(Boolean),
    )
    .register(FACTS, { type: 'list', fallback: fallback.join(','), bounds: '' });

/**
 * A map of texts, or one text `key=value,key2=value2` with percent-encoded values, as OpenTelemetry's variables have it.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export const pairs = () =>
  z
    .union([z.record(z.string(), scalar), scalar], { error: 'must be a map, or key=value,key2=value2' })
    .default({})
    .transform((given, context): Record<string, string> => {
      if (typeof given === 'object') return Object.fromEntries(Object.entries(given).map(([k, v]) => [k, String(v)]));
      const map: Record<string, string> = {};
      for (const item of String(given)
        .split(',')
        .filter((part) => part.trim() !== '')) {
        const [, key, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(item) ?? [];
        const decoded = key === undefined ? undefined : percentDecoded(value ?? '');
        if (key === undefined || decoded === undefined) {
          context.addIssue({ code: 'custom', message: 'must be key=value,key2=value2', input: given });
          break;
        }
        map[key] = decoded;
      }
      return map;
    })
    .register(FACTS, { type: 'map', fallback: '', bounds: 'as text `key=value,key2=value2`' });

function percentDecoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value.trim());
  } catch {
    return undefined;
  }
}

/** Where one text is due, and a rule for it besides the type. */
export function check<T extends z.ZodType>(type: T, rule: (value: z.output<T>) => string | undefined) {
  return type.superRefine((value, context) => {
    const message = rule(value as z.output<T>);
    if (message) context.addIssue({ code: 'custom', message, input: value });
  });
}

/** `host:port`, `:port` (the host is then chosen by whether signatures are verified), `[::1]:port`. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/\s]*):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (!match || port > 65_535) return undefined;
  const host = match[1]!.replace(/^\[|\]$/g, '');
  if (match[1]!.startsWith('[') && !isIPv6(host)) return undefined;
  return { host, port };
}

export const endpointRule = (value: string): string | undefined =>
  value === '' || parseEndpoint(value) ? undefined : 'must be host:port or :port, for example 127.0.0.1:8080';

const MAX_URL = 2_048;

export function publicUrlRule(url: string): string | undefined {
  if (!/^https?:\/\/[^/?#\s]+[^?#\s]*$/.test(url) || !URL.canParse(url)) {
    return 'must be the http or https URL that Twilio calls, without "?" and "#", for example https://example.com/twilio';
  }
  return url.length > MAX_URL ? `must be at most ${MAX_URL} characters long` : undefined;
}

/** The base URL of an API; a path in it is a prefix that a proxy strips. */
export function apiUrlRule(url: string): string | undefined {
  if (!/^https?:\/\/[^/?#\s@]+(?:\/[^?#\s]*)?$/.test(url) || !URL.canParse(url)) {
    return 'must be an http or https URL without credentials, "?" and "#", for example https://api.twilio.com';
  }
  return undefined;
}

/** https://www.twilio.com/docs/usage/api/usage-record#usage-categories */
export const categoryRule = (category: string): string | undefined =>
  /^[a-z0-9][a-z0-9_-]{0,99}$/.test(category)
    ? undefined
    : "must hold usage categories of Twilio's, such as sms-outbound";

export function cidrRule(cidr: string): string | undefined {
  const [address = '', bits, more] = cidr.split('/');
  const version = isIP(address);
  const valid =
    version !== 0 &&
    more === undefined &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32)));
  return valid ? undefined : 'must be an address or a CIDR, for example 10.0.0.0/8';
}

/** Applies a rule to each item of a list. */
export const each = (rule: (item: string) => string | undefined) => (items: readonly string[]) => {
  for (const item of items) {
    const message = rule(item);
    if (message) return message;
  }
  return undefined;
};
