import type { CountryOf } from './countries.ts';
import { OWN_URL, Pseudonyms } from './pseudonyms.ts';
import { isPlainName, isTelling, relativeTime } from './shapes.ts';

/** A recorded request without what it says of persons and single events. */
export class Redactor {
  readonly #pseudonyms: Pseudonyms;
  readonly #startedMs: number;

  /** Times are told as seconds since then. */
  constructor(startedMs: number, countryOf: CountryOf) {
    this.#pseudonyms = new Pseudonyms(countryOf);
    this.#startedMs = startedMs;
  }

  /** A value as it may be told. `isOwnUrl` is true for URLs of the agent. */
  text(name: string, value: string, isOwnUrl: (url: string) => boolean): string {
    if (isTelling(name, value)) return value;
    const time = relativeTime(name, value, this.#startedMs);
    if (time !== undefined) return time;
    const inside = /^[{[]/.test(value) ? parsed(value) : undefined;
    if (inside !== undefined) return JSON.stringify(this.json(inside, isOwnUrl));
    return /^https?:/.test(value) && isOwnUrl(value) ? OWN_URL : this.#pseudonyms.of(value);
  }

  name(name: string): string {
    return isPlainName(name) ? name : this.#pseudonyms.of(name);
  }

  json(value: unknown, isOwnUrl: (url: string) => boolean, name = ''): unknown {
    if (Array.isArray(value)) return value.map((each) => this.json(each, isOwnUrl, name));
    if (typeof value === 'string') return this.text(name, value, isOwnUrl);
    if (typeof value === 'number')
      return isTelling(name, String(value)) || Math.abs(value) < 1_000 ? value : this.#pseudonyms.of(String(value));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([key, inner]) => [this.name(key), this.json(inner, isOwnUrl, key)]);
    return Object.fromEntries(members);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
