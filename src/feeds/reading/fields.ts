import type { When } from '../../families/durations.ts';
import type { ErrorCodes } from '../../families/message-errors.ts';
import type { Statuses } from '../../families/statuses.ts';
import { AHEAD_MS } from '../../ledger/ledger.ts';
import { type Rejection, reject } from '../../rejection.ts';
import type { Labeler } from '../labeler.ts';

/** What is known of a text of names and values that was signed without separators. */
export interface SignedNames {
  /** True when a value that looks so, by default a code or a time, stands behind the name. */
  holds(name: string, value?: RegExp): boolean;
  /** What stands behind the name, up to a length that no boundary decides; nothing where the name is not there. */
  behind(name: string): string | undefined;
}

/** What a feed may know besides the body. */
export interface Reception {
  /** When the agent received the request, ms since the epoch. */
  readonly receivedAtMs: number;
  /** The same by the wall clock, which may jump; a signed time is good when either clock finds it good. */
  readonly wallMs: number;
  /** A signed time older than this is refused. */
  readonly windowMs: number;
  /** What Twilio signed of names and values without separators; absent where it signed the separators too. */
  readonly signed: SignedNames | undefined;
  /** The path of another feed, if this version has it. */
  readonly pathOf: (feed: string) => string | undefined;
  /** True for a URL under which Twilio reaches this agent. */
  readonly isOwnUrl: (url: string) => boolean;
  /** False in local trial, where any printable text serves as a SID. */
  readonly strictSids: boolean;
  /** True for a value that is counted on request, where that was asked for. */
  readonly countsOnRequest: (feed: string, value: string) => boolean;
  /** Which error codes are known. */
  readonly errorCodes: ErrorCodes;
  /** Reads the labels that a user asked for. */
  readonly labeler: Labeler;
}

/** Twilio's clock and this machine's may be so far apart. */
const CLOCKS_APART_MS = 60_000;
export const CONTROL = /\p{Cc}/u;
const SID = /^[A-Z]{2}[0-9a-f]{32}$/;
const TRIAL_SID = /^[\x21-\x7e]{1,128}$/;
// RFC 2822 as Twilio writes it ("Wed, 14 Oct 2026 12:03:01 +0000"), or ISO 8601. Date.parse alone takes far more.
const RFC_2822 =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? ([+-]\d{4}|GMT|UTC)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CODE = /^[\da-z]{1,32}$/;
const HIDDEN_SID = /^[A-Z]{2}[\da-f]{32}/;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** What was sent of one event, by name, in whatever form: parameters of a form, or members of a JSON object. */
export abstract class Fields {
  readonly reception: Reception;
  /** The field whose value is none of the known ones and was counted as `other`, if there is one. */
  unknown: string | undefined;

  constructor(reception: Reception) {
    this.reception = reception;
  }

  /** The value, or `undefined` when it is absent or empty: Twilio sends what it does not know as an empty text. */
  protected abstract value(name: string): string | undefined;

  /** The value where it can be read; nothing where it is absent, empty, or there more than once. */
  abstract peek(name: string): string | undefined;

  /** The value, whatever text it is. */
  free(name: string): string | undefined {
    return this.value(name);
  }

  /** The same of a code or a time, which hold no control characters. */
  optional(name: string): string | undefined {
    const value = this.value(name);
    if (value !== undefined && CONTROL.test(value)) throw reject('invalid_field', name);
    return value;
  }

  protected missing(name: string): Rejection {
    return reject('missing_field', name);
  }

  text(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw this.missing(name);
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
    const value = this.value(name);
    if (value === undefined) throw this.missing(name);
    const good = this.reception.strictSids
      ? SID.test(value) && prefixes.includes(value.slice(0, 2))
      : TRIAL_SID.test(value);
    if (!good) throw reject('invalid_sid', name);
    return value;
  }

  /** A SID of any kind, where one is sent. */
  optionalSid(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) this.assertNotHidden(name, HIDDEN_SID);
    else if (!(this.reception.strictSids ? SID : TRIAL_SID).test(value)) throw reject('invalid_sid', name);
    return value;
  }

  /** A number or a code of small letters, where one is sent: the name of another parameter cannot be a part of it. */
  code(name: string): string | undefined {
    const value = this.optional(name);
    if (value !== undefined && !CODE.test(value)) throw reject('invalid_field', name);
    return value;
  }

  /** A time as Twilio wrote it, where one is sent, whenever it was. */
  signedTime(name: string): string | undefined {
    const value = this.optional(name);
    if (value !== undefined && Number.isNaN(parseTime(value))) throw reject('invalid_field', name);
    return value;
  }

  /** The same in whole seconds since the epoch, however it is written. */
  signedSecond(name: string): string | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const atMs = parseEpoch(value);
    if (Number.isNaN(atMs)) throw reject('invalid_field', name);
    return String(Math.floor(atMs / 1_000));
  }

  /**
   * A text that may look like anything. Where boundaries are not signed it is taken with what follows, which is the same
   * however they are moved.
   */
  opaque(name: string): string {
    const value = this.text(name);
    return this.reception.signed?.behind(name) ?? value;
  }

  /** Refuses a callback that has such a value without having the parameter: a boundary was moved. */
  assertNotHidden(name: string, value: RegExp): void {
    if (this.reception.signed?.holds(name, value)) throw reject('invalid_field', name);
  }

  /**
   * When the event happened, by the time that Twilio signed; when it was received where it signed none. A signed time must
   * lie in the ledger's window and at most an hour ahead; of one that is ahead at all nothing can be made, because nothing
   * can be told before it happens.
   */
  time(name: string, parse = parseTime): When {
    const text = this.optional(name);
    return text === undefined ? this.reception.receivedAtMs : signedTime(parse(text), name, this.reception);
  }
}

function signedTime(atMs: number, name: string, reception: Reception): When {
  if (Number.isNaN(atMs)) throw reject('invalid_field', name);
  if (!isInWindow(atMs, reception)) throw reject('too_old', name);
  const { receivedAtMs, wallMs } = reception;
  return atMs > Math.max(receivedAtMs, wallMs) + CLOCKS_APART_MS ? 'future' : atMs;
}

/** True for a signed time that lies in the window and at most an hour ahead, by either clock. */
export function isInWindow(
  atMs: number,
  { receivedAtMs, wallMs, windowMs }: Pick<Reception, 'receivedAtMs' | 'wallMs' | 'windowMs'>,
): boolean {
  const good = (nowMs: number) => atMs >= nowMs - windowMs && atMs <= nowMs + AHEAD_MS;
  return good(receivedAtMs) || good(wallMs);
}

/** A time as Twilio writes it, in ms since the epoch; NaN for any other text. */
export function parseTime(text: string): number {
  const parts = RFC_2822.exec(text);
  if (parts) return parseUtc(parts) ?? Date.parse(text);
  return ISO_8601.test(text) ? Date.parse(text) : Number.NaN;
}

/**
 * What `Date.parse` makes of a time in UTC, at a tenth of its cost: it reads this form word by word. Nothing for what has
 * a corner, such as the last days of a month.
 */
function parseUtc([, day, month, year, hour, minute, second, zone]: readonly string[]): number | undefined {
  if (zone !== '+0000' && zone !== 'GMT') return undefined;
  const at = MONTHS.indexOf(month!);
  if (at < 0 || Number(day) < 1 || Number(day) > 28 || year! < '1970') return undefined;
  if (hour! > '23' || minute! > '59' || (second ?? '') > '59') return undefined;
  return Date.UTC(Number(year), at, Number(day), Number(hour), Number(minute), Number(second ?? 0));
}

/** The same of seconds or milliseconds since the epoch, too. */
export function parseEpoch(text: string): number {
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  return /^\d{13}$/.test(text) ? Number(text) : parseTime(text);
}
