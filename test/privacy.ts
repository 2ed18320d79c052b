import { samples } from './samples.ts';

/** Of a short value's base64, so little may not depend on its neighbours that it is found everywhere. */
const SHORTEST_FORM = 4;

/**
 * What must never come out again: the values that a callback carries, and what guards them. Each is looked for as it
 * was sent, URL-encoded, and in base64 at each of its three alignments.
 */
export class Secrets {
  readonly #needles = new Map<string, string>();
  readonly #shortest: number;

  /** Values of fewer characters are not looked for: they would be found by chance. */
  constructor(shortest = 8) {
    this.#shortest = shortest;
  }

  add(name: string, value: string): void {
    if (value.length < this.#shortest) return;
    const encoded = encodeURIComponent(value);
    const lowerEscapes = encoded.replace(/%../g, (octet) => octet.toLowerCase());
    for (const form of [value, encoded, encoded.replaceAll('%20', '+'), lowerEscapes, ...base64(value)]) {
      if (form.length >= SHORTEST_FORM) this.#needles.set(form, name);
    }
  }

  /** The names of all secrets that the text holds. */
  found(text: string): string[] {
    const names = new Set<string>();
    for (const [needle, name] of this.#needles) if (text.includes(needle)) names.add(name);
    return [...names];
  }

  get size(): number {
    return this.#needles.size;
  }
}

/** Parameters whose values say nothing about a person or a single event: words of closed sets, dates, versions, counts. */
const HARMLESS = new RegExp(
  `Status$|^(?:${[
    'ApiVersion|Direction|.*Country|.*State|CallbackSource|SequenceNumber|ChannelPrefix|EventType|Timestamp|StructuredMessage',
    'NumMedia|NumSegments|.*Duration|SipResponseCode|AnsweredBy|ErrorCode|SiprecErrorCode|.*Method|MessageType|.*ResourceType',
    'UsageCategory|interactionType|RecordingSource|RecordingTrack|TriggerBy|TranscriptionType|RoomType|Type|Level|Reason',
    'StatusCallbackEvent|StreamEvent|SiprecEvent|TranscriptionEvent|Reason(?:ConferenceEnded|ParticipantLeft)',
    'event_type|ErrorType|For|ResourceType|TaskChannelUniqueName|TaskCompletedReason|WorkerTime.*|.*Size|OffsetFromTwilioVideoEpoch|PaymentCardNumber',
  ].join('|')})$`,
);
const YES_OR_NO = /^(?:true|false)$/;

/** Adds what a form holds of persons and single events, by the names of its parameters. */
export function addForm(secrets: Secrets, body: string): void {
  for (const [name, value] of new URLSearchParams(body)) {
    if (HARMLESS.test(name) || YES_OR_NO.test(value)) continue;
    const plain = value.trim();
    // Numbers may be told with or without what stands before their digits.
    for (const text of [plain, plain.replace(/^\w+:/, ''), plain.replace(/^(?:\w+:)?\+/, '')]) secrets.add(name, text);
  }
}

/** The same of JSON: words of closed sets, times, versions, counts, and the id that a sink is validated with. */
const HARMLESS_JSON = new RegExp(
  `(?:_at|_name|_state|_type|Created|Updated|chema|Version|Segments|Duration)$|^(?:${[
    'specversion|type|datacontenttype|time|timestamp|eventName|messageStatus|message_status|level|error_code|errorCode|channel',
    'StatusCallbackEvent|contentType|method|mcc|mnc|fromCountry|toCountry|test_id|direction|LogLevel|disconnected_by|Muted|RecordingChannels',
    'eventtype|group|EventType|on|outputFormat',
  ].join('|')})$`,
);

/** Adds what JSON holds of persons and single events, also JSON in a text, by the names of its members. */
export function addJson(secrets: Secrets, value: unknown, name = ''): void {
  if (typeof value === 'object' && value !== null) {
    for (const [member, inner] of Object.entries(value)) addJson(secrets, inner, Array.isArray(value) ? name : member);
    return;
  }
  if (typeof value !== 'string' || value === 'Sink' || HARMLESS_JSON.test(name)) return;
  if (/^[{[]/.test(value)) addJson(secrets, JSON.parse(value));
  else addForm(secrets, new URLSearchParams({ [name]: value }).toString());
}

const FIXTURES = [
  'message/status.json',
  'message/inbound.json',
  'call/status.json',
  'other/form.json',
  'other/products.json',
];

/** The forms of all fixtures, as Twilio sends them, by the file that holds them. */
export const fixtures = (): ReadonlyMap<string, readonly string[]> =>
  new Map(FIXTURES.map((file) => [file, samples(file).map(({ body }) => body)]));

/** The batches of all fixtures, as Event Streams sends them. */
export const batches = (): readonly string[] =>
  samples('events/event-streams.json').flatMap(({ body }) => (/^[{[]/.test(body) ? [body] : []));

/** The parts of its base64 that do not depend on what stands before and after it. */
function base64(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.from('x'.repeat(offset) + value).toString('base64');
    const start = offset === 0 ? 0 : 4;
    return text.slice(start, text.length - (text.endsWith('=') ? 4 : 0));
  });
}
