import { METRICS } from '../../instrumentation/metrics.ts';
import { EVENT_ROWS } from '../families/events.ts';

/** Names whose values say what happened and not to whom, where they are counts and words that are known. */
const TELLING =
  /(?:Status|Event|Type|Country|Method|Duration|Segments|Revision)$|^(?:ApiVersion|Direction|CallbackSource|SequenceNumber|SequenceId|EventId|ChannelPrefix|NumMedia|SipResponseCode|AnsweredBy|ErrorCode|Level|For|Attempt|UsageCategory|Reason|Reason(?:ConferenceEnded|ParticipantLeft)|PercentageDone)$|^(?:(?:message_?|event_?)?status|event_?type|type|event|level|error_?code|specversion|datacontenttype|mcc|mnc|responseCode|requestDuration|status_code|method|on|outputFormat|num(?:Media|Segments)|eventName|direction|channel)$/i;
const TIMES = /^(?:time|timestamp\w*|date_?\w+|\w+updated|\w+_at|\w+time)$/i;
/** How Twilio calls a parameter or a member: a word in which nobody stands. */
const NAME = /^[A-Za-z](?:[A-Za-z_.-]|\d{1,3}(?!\d)){0,60}$/;

const RFC_2822 = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(?::\d{2})? (?:[+-]\d{4}|GMT|UTC)$/;
const ISO_8601 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(?:Z|\+00:00)$/;
const EPOCH = /^\d{10}(?:\d{3})?$/;
const EVENT_TYPE = /^com\.twilio(?:\.[a-z][a-z_-]*\d?)+$/;
const SMALL = /^\d{1,6}(?:\.\d{1,9})?$|^\d{4}-\d{2}-\d{2}$/;

/** Words that stand in callbacks and in no label. */
const WORDS = [
  'outbound-api outbound-dial call-progress-events get post error warning info notice sms mms whatsapp',
  'communication conversation_end conversation_inactive text json classification inbound outbound',
].join(' ');

/** Every word of Twilio's that this version knows, in small letters. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    ...WORDS.split(' '),
    ...Object.values(METRICS).flatMap(({ labels }) =>
      Object.values(labels as object).flatMap((label) => ('values' in label ? (label.values as string[]) : [])),
    ),
    ...EVENT_ROWS.flatMap(({ closed = {} }) => Object.values(closed).flat()),
  ].map((word) => word.toLowerCase()),
);
const PREFIXES = [
  '',
  ...EVENT_ROWS.flatMap(({ label, also = [] }) =>
    [label, ...also.map((each) => each.label)].map(({ prefix = '' }) => prefix),
  ),
];

const isKnown = (word: string): boolean =>
  PREFIXES.some((prefix) => word.startsWith(prefix) && KNOWN.has(word.slice(prefix.length).toLowerCase()));

export const isPlainName = (name: string): boolean => NAME.test(name);

/** True for a value that may be kept as it is: what happened. */
export function isTelling(name: string, value: string): boolean {
  if (value === '' || value === 'true' || value === 'false') return true;
  if (!TELLING.test(name)) return false;
  return (
    SMALL.test(value) ||
    EVENT_TYPE.test(value) ||
    isKnown(value) ||
    (/Country$/i.test(name) && /^[A-Z]{2}$/.test(value))
  );
}

/** A time as so many seconds after another moment, with how it was written; nothing for what is no time. */
export function relativeTime(name: string, value: string, toMs: number): string | undefined {
  if (EPOCH.test(value) && TIMES.test(name)) {
    const factor = value.length === 13 ? 1_000 : 1;
    return `<epoch ${seconds((Number(value) * 1_000) / factor, toMs)} ${value.length === 13 ? value.slice(-3) : ''}>`;
  }
  if (RFC_2822.test(value)) return `<rfc2822 ${seconds(Date.parse(value), toMs)} >`;
  const [, whole, fraction = ''] = ISO_8601.exec(value) ?? [];
  return whole === undefined ? undefined : `<iso8601 ${seconds(Date.parse(`${whole}Z`), toMs)} ${fraction}>`;
}

const seconds = (atMs: number, toMs: number): number => Math.floor(atMs / 1_000) - Math.floor(toMs / 1_000);

const RELATIVE = /^<(epoch|rfc2822|iso8601) (-?\d{1,12}) (\.?\d{0,9})>$/;

/** Such a time after another moment, as it was written; any other text as it is. */
export function absoluteTime(text: string, fromMs: number): string {
  const [, kind, after, fraction = ''] = RELATIVE.exec(text) ?? [];
  if (kind === undefined) return text;
  const second = Math.floor(fromMs / 1_000) + Number(after);
  if (kind === 'epoch') return `${second}${fraction}`;
  const at = new Date(second * 1_000);
  if (Number.isNaN(at.getTime())) return text;
  return kind === 'rfc2822' ? at.toUTCString().replace('GMT', '+0000') : `${at.toISOString().slice(0, 19)}${fraction}Z`;
}
