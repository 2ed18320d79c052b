import { AHEAD_MS } from '../ledger/ledger.ts';
import { reject } from '../rejection.ts';
import type { Statuses } from './statuses.ts';

/** Names and values as they were sent and signed: flat, decoded, in order, never merged. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** What a family may know besides the pairs. */
export interface Reception {
  /** When the agent received the request, ms since the epoch. */
  readonly receivedAtMs: number;
  /** The same by the wall clock, which may jump; a signed time is good when either clock finds it good. */
  readonly wallMs: number;
  /** A signed time older than this is refused. */
  readonly windowMs: number;
  /** What Twilio signed of names and values, without separators; empty where it signed the separators too. */
  readonly signedText: string;
  /** False in local trial, where any printable text serves as a SID. */
  readonly strictSids: boolean;
}

/** How the value of a code or a time begins. */
const CODE_OR_TIME = /^(?:[A-Z][a-z]{2}, )?\d/;
const CONTROL = /\p{Cc}/u;
const SID = /^[A-Z]{2}[0-9a-f]{32}$/;
const TRIAL_SID = /^[\x21-\x7e]{1,128}$/;
// RFC 2822 as Twilio writes it ("Wed, 14 Oct 2026 12:03:01 +0000"), or ISO 8601. Date.parse alone takes far more.
const RFC_2822 = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(?::\d{2})? (?:[+-]\d{4}|GMT|UTC)$/;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The parameters of one verified callback. A parameter that a family reads may be given once only. */
export class Form {
  readonly reception: Reception;
  readonly #pairs: Pairs;
  /** The parameter whose value is none of the known ones and was counted as `other`, if there is one. */
  unknown: string | undefined;

  constructor(pairs: Pairs, reception: Reception) {
    this.#pairs = pairs;
    this.reception = reception;
  }

  // A family reads a few of some twenty parameters: looking through them costs less than a map of all.
  #value(name: string): string | undefined {
    let value: string | undefined;
    for (const pair of this.#pairs) {
      if (pair[0] !== name) continue;
      if (value !== undefined) throw reject('duplicate_parameter', name);
      value = pair[1];
    }
    return value;
  }

  /** The value, or `undefined` when it is absent or empty (Twilio sends what it does not know as an empty text). */
  optional(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined || value === '') {
      if (this.#isHidden(name)) throw reject('invalid_field', name);
      return undefined;
    }
    if (CONTROL.test(value)) throw reject('invalid_field', name);
    return value;
  }

  /**
   * True when a code or a time was signed under that name all the same. Names and values are signed without separators,
   * so whoever has a genuine callback can move a boundary until the parameter is part of another one: without its
   * `Timestamp` a call of long ago would be counted again.
   */
  #isHidden(name: string): boolean {
    const { signedText } = this.reception;
    for (let at = signedText.indexOf(name); at !== -1; at = signedText.indexOf(name, at + 1)) {
      const start = at + name.length;
      if (CODE_OR_TIME.test(signedText.slice(start, start + 8))) return true;
    }
    return false;
  }

  text(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw reject('missing_field', name);
    return value;
  }

  /** One of a closed set, or `other`. */
  oneOf<S extends string>(name: string, statuses: Statuses<S>): S {
    const status = statuses.parse(this.text(name));
    if (status === 'other') this.unknown = name;
    return status;
  }

  /** A SID with one of the prefixes: two letters and 32 lower-case hex digits. */
  sid(name: string, ...prefixes: readonly string[]): string {
    const value = this.#value(name);
    if (value === undefined || value === '') throw reject('missing_field', name);
    const good = this.reception.strictSids
      ? SID.test(value) && prefixes.includes(value.slice(0, 2))
      : TRIAL_SID.test(value);
    if (!good) throw reject('invalid_sid', name);
    return value;
  }

  /** A signed time, when there is one, must lie in the ledger's window and at most an hour ahead. */
  checkTimestamp(name: string): void {
    const text = this.optional(name);
    if (text === undefined) return;
    const atMs = RFC_2822.test(text) || ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(atMs)) throw reject('invalid_field', name);
    const { receivedAtMs, wallMs, windowMs } = this.reception;
    const good = (nowMs: number) => atMs >= nowMs - windowMs && atMs <= nowMs + AHEAD_MS;
    if (!good(receivedAtMs) && !good(wallMs)) throw reject('too_old', name);
  }
}
