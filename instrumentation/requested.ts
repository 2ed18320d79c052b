/**
 * Labels that a metric carries only where a user asked for them: their values become known with each message or call,
 * which keeps them for life. A row of the metric table says in `takes` which ones it can carry.
 */

/**
 * Every such label, in the order in which it is exported, with the letter by which a record of the ledger names it. The
 * letters are on disk, so one that was used once must keep its meaning.
 */
export const REQUESTED_LABELS = {
  country: { letter: 'c', help: 'of the other party, by its number: ISO 3166-1 alpha-2' },
  channel: {
    letter: 'h',
    help: 'how the other party was reached: sms, mms, whatsapp, rcs, messenger; calls: phone, sip, client',
  },
  direction: { letter: 'd', help: 'inbound or outbound' },
  sender: { letter: 's', help: 'what it came from: long_code, short_code, toll_free or alphanumeric' },
  carrier: { letter: 'm', help: 'mcc-mnc, as Event Streams tells it: the first max_carriers that were seen' },
  messaging_service: { letter: 'g', help: 'the name that the configuration gives to the MG... SID' },
  account: { letter: 'a', help: 'the name that the configuration gives to the AC... SID' },
} as const satisfies Record<string, { readonly letter: string; readonly help: string }>;

export type RequestedLabel = keyof typeof REQUESTED_LABELS;

export const REQUESTED_KEYS = Object.keys(REQUESTED_LABELS) as RequestedLabel[];

/** What was not said, and may still become known. */
export const UNKNOWN = 'unknown';
/** What was said and lies outside the closed set. */
export const OTHER = 'other';
/** Stands between the values of the text, so no value holds it. */
const BETWEEN = '|';
export const MAX_LABEL_LENGTH = 64;

type Values = Readonly<Partial<Record<RequestedLabel, string>>>;

/** The requested labels of one message or call. */
export interface Requested {
  readonly values: Values;
  /** The same as one text, such as `cIN|hsms`: what a record of the ledger keeps. */
  readonly text: string;
}

/** Where nobody asked for any. */
export const NOTHING_REQUESTED: Requested = { values: {}, text: '' };

export function requestedOf(values: Values): Requested {
  let text = '';
  for (const key of REQUESTED_KEYS) {
    const value = values[key];
    if (value !== undefined) text += `${text === '' ? '' : BETWEEN}${REQUESTED_LABELS[key].letter}${value}`;
  }
  return { values, text };
}

/**
 * The labels that a record keeps, given what its next event tells: a value that is kept stays, and one that was unknown
 * is filled in. Which labels there are is what the event tells: a configuration may have changed meanwhile.
 */
export function filledIn(kept: string | undefined, told: Requested): Requested {
  if (kept === undefined || kept === told.text) return told;
  const values: Partial<Record<RequestedLabel, string>> = {};
  const known = valuesOf(kept);
  for (const key of REQUESTED_KEYS) {
    const value = told.values[key];
    if (value !== undefined) values[key] = known.get(REQUESTED_LABELS[key].letter) ?? value;
  }
  return requestedOf(values);
}

/** The values that are known in a text, by the letters of their labels. */
function valuesOf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const each of text.split(BETWEEN)) {
    const value = each.slice(1);
    if (value !== UNKNOWN) values.set(each.slice(0, 1), value);
  }
  return values;
}

/** The same labels, each of them `other`: where a metric has as many series as it may have. */
export const othersOf = ({ values }: Requested): Requested =>
  requestedOf(Object.fromEntries(Object.keys(values).map((key) => [key, OTHER])));
