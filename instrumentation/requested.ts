/**
 * Labels that a metric carries only where a user asked for them: their values become known with each message or call,
 * which keeps them for life. A row of the metric table says in `takes` which ones it can carry.
 */

interface RequestedRow {
  /** Names it in a record of the ledger. */
  readonly letter: string;
  readonly help: string;
  /** Its closed set, besides `other` and `unknown`; absent where the configuration or another list closes it. */
  readonly values?: readonly string[];
}

/**
 * Every such label, in the order in which it is exported. Letters and the places of values are on disk: those that were
 * used once must keep their meaning, so new ones are added at the end.
 */
export const REQUESTED_LABELS = {
  country: { letter: 'c', help: 'of the other party, by its number: ISO 3166-1 alpha-2' },
  channel: {
    letter: 'h',
    help: 'how the other party was reached',
    values: ['sms', 'mms', 'whatsapp', 'rcs', 'messenger', 'phone', 'sip', 'client'],
  },
  direction: { letter: 'd', help: 'who began', values: ['inbound', 'outbound'] },
  sender: {
    letter: 's',
    help: 'the kind of address that it came from',
    values: ['long_code', 'short_code', 'toll_free', 'alphanumeric'],
  },
  carrier: { letter: 'm', help: 'mcc-mnc, as Event Streams tells it: the first max_carriers that were seen' },
  messaging_service: { letter: 'g', help: 'the name that the configuration gives to the MG... SID' },
  account: { letter: 'a', help: 'the name that the configuration gives to the AC... SID' },
} as const satisfies Record<string, RequestedRow>;

export type RequestedLabel = keyof typeof REQUESTED_LABELS;

export const REQUESTED_KEYS = Object.keys(REQUESTED_LABELS) as RequestedLabel[];

export const requestedRow = (key: RequestedLabel): RequestedRow => REQUESTED_LABELS[key];

/** What was not said, and may still become known. */
export const UNKNOWN = 'unknown';
/** What was said and lies outside the closed set. */
export const OTHER = 'other';
export const MAX_LABEL_LENGTH = 64;

type Values = Readonly<Partial<Record<RequestedLabel, string>>>;

/** The requested labels of one message or call. */
export interface Requested {
  readonly values: Values;
  /** The same as one text. */
  readonly text: string;
  /** What a record of the ledger keeps of them: what is known, in as few bytes as it takes, such as `cIN|h0`. */
  readonly kept: string;
}

/** Where nobody asked for any. */
export const NOTHING_REQUESTED: Requested = { values: {}, text: '', kept: '' };

/** Stands behind a value that is written out, so no value holds it. */
const END = '|';
const OTHER_VALUE = '-';

export function requestedOf(values: Values): Requested {
  let text = '';
  let kept = '';
  for (const key of REQUESTED_KEYS) {
    const value = values[key];
    if (value === undefined) continue;
    const { letter, values: closed } = requestedRow(key);
    text += letter + value + END;
    if (value === UNKNOWN) continue;
    const place = closed?.indexOf(value) ?? -1;
    kept += letter + (closed ? (place === -1 ? OTHER_VALUE : place) : value + END);
  }
  return text === '' ? NOTHING_REQUESTED : { values, text, kept };
}

/**
 * The labels that a record keeps, given what its next event tells: a value that is kept stays, and one that was unknown
 * is filled in. Which labels there are is what the event tells: a configuration may have changed meanwhile.
 */
export function filledIn(kept: string | undefined, told: Requested): Requested {
  if (kept === undefined || kept === told.kept) return told;
  const values: Partial<Record<RequestedLabel, string>> = {};
  const known = readKept(kept);
  for (const key of REQUESTED_KEYS) {
    const value = told.values[key];
    if (value !== undefined) values[key] = known.get(key) ?? value;
  }
  return requestedOf(values);
}

const BY_LETTER = new Map<string, RequestedLabel>(REQUESTED_KEYS.map((key) => [requestedRow(key).letter, key]));

/** The values in what a record keeps. What a newer version may have written behind them is left out. */
function readKept(kept: string): ReadonlyMap<RequestedLabel, string> {
  const known = new Map<RequestedLabel, string>();
  for (let at = 0; at < kept.length; ) {
    const key = BY_LETTER.get(kept[at++]!);
    if (key === undefined) break;
    const { values } = requestedRow(key);
    const end = values ? at + 1 : kept.indexOf(END, at);
    if (end === -1) break;
    const written = kept.slice(at, end);
    known.set(key, values ? (values[Number(written)] ?? OTHER) : written);
    at = values ? end : end + 1;
  }
  return known;
}

/** The same labels, each of them `other`: where a metric has as many series as it may have. */
export function othersOf(requested: Requested): Requested {
  let known = others.get(requested);
  if (!known) {
    known = requestedOf(Object.fromEntries(Object.keys(requested.values).map((key) => [key, OTHER])));
    others.set(requested, known);
  }
  return known;
}

const others = new WeakMap<Requested, Requested>();
