import { EVENT_ROWS } from '../../../src/families/events.ts';
import { FEEDS } from '../../../src/feeds/index.ts';
import { samples } from '../../samples.ts';
import type { Pair } from '../support/wire.ts';

/** A form feed that only counts, with a good callback of it. */
export interface FormCase {
  readonly name: string;
  /** The parameter with the SID that tells one callback from another. */
  readonly sid: string;
  /** The parameter that the label is read from, and the label. */
  readonly label: string;
  readonly key: string | undefined;
  /** Each time of another SID. */
  readonly pairs: () => Pair[];
}

/** One sample of each feed, and the SID in it that counts. */
const GOOD: Readonly<Record<string, readonly [sample: string, sid: string, label: string]>> = {
  debugger: ['debugger.error', 'Sid', 'Level'],
  recording: ['recording.completed', 'RecordingSid', 'RecordingStatus'],
  transcription: ['realtime-transcription.stopped', 'TranscriptionSid', 'TranscriptionEvent'],
  conference: ['conference.end-via-api', 'ConferenceSid', 'StatusCallbackEvent'],
  amd: ['amd.human', 'CallSid', 'AnsweredBy'],
  stream: ['stream.started', 'StreamSid', 'StreamEvent'],
  siprec: ['siprec.stopped', 'SiprecSid', 'SiprecEvent'],
  pay: ['pay-status.error', 'CallSid', 'ErrorType'],
  video: ['video.room-created', 'RoomSid', 'StatusCallbackEvent'],
  taskrouter: ['taskrouter.task-completed', 'ResourceSid', 'EventType'],
  bundle: ['bundle.approved', 'BundleSid', 'Status'],
  conversations: ['conversations.onMessageAdded', 'MessageSid', 'EventType'],
  sync: ['sync.document_updated', 'DocumentSid', 'EventType'],
  'usage-trigger': ['usage-trigger.fired', 'UsageTriggerSid', 'UsageCategory'],
};
const BODIES = new Map(
  [...samples('other/products.json'), ...samples('other/form.json')].map(({ name, body }) => [name, body]),
);
/** An event of Conversations that nobody knows is told from others by its conversation. */
const FRESH = ['ConversationSid'];
let last = 0;

/** Every form feed but those of messages and calls, which have tables of their own. */
export const FORM_CASES: readonly FormCase[] = FEEDS.filter(
  ({ name, content }) => content === 'form' && name !== 'message' && name !== 'call',
).map(({ name }) => {
  const [sample, sid, label] = GOOD[name] ?? [];
  if (!sample || !sid || !label) throw new Error(`${name} has no sample here`);
  const pairs: Pair[] = [...new URLSearchParams(BODIES.get(sample))];
  const fresh = (value: string) => value.slice(0, 2) + (++last).toString(16).padStart(32, '0');
  return {
    name,
    sid,
    label,
    key: EVENT_ROWS.find((row) => row.name === name)?.label.key,
    pairs: () =>
      pairs.map(([key, value]): Pair => (FRESH.includes(key) || key === sid ? [key, fresh(value)] : [key, value])),
  };
});
