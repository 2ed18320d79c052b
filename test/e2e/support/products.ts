import { emailSignature, newSigner, SIGNATURE, TIMESTAMP } from '../../sendgrid.ts';
import { ACCOUNT_SID, freshSid, type Params, signedPost } from './twilio.ts';

/** What SendGrid signs with here. */
const SIGNER = newSigner();
export const SENDGRID_KEY = SIGNER.shown;

/** So many callbacks of one kind, and the panels in whose series each of them is counted. */
export interface Kind {
  readonly feed: string;
  readonly times: number;
  readonly params: () => Params;
  readonly panels: Readonly<Record<string, string>>;
}

const kind = (feed: string, times: number, panels: Kind['panels'], params: () => Params): Kind => ({
  feed,
  times,
  panels,
  params,
});
const rfc = () => new Date().toUTCString().replace('GMT', '+0000');
const iso = () => new Date().toISOString();
const seconds = () => String(Math.floor(Date.now() / 1_000));

const recording = (status: string, times: number): Kind =>
  kind('recording', times, { 'Recordings by status': status }, () => ({
    RecordingSid: freshSid('RE'),
    RecordingStatus: status,
  }));
const transcription = (status: string, times: number): Kind =>
  kind('transcription', times, { 'Transcriptions by event': status }, () => ({
    TranscriptionSid: freshSid('TR'),
    TranscriptionStatus: status,
  }));
const conference = (event: string, times: number, more: Params = {}, panels: Kind['panels'] = {}): Kind =>
  kind('conference', times, { 'Conferences by event': event, ...panels }, () => ({
    ConferenceSid: freshSid('CF'),
    StatusCallbackEvent: event,
    SequenceNumber: '1',
    Timestamp: rfc(),
    ...more,
  }));
const taskrouter = (event: string, times: number, prefix: string, panels: Kind['panels'] = {}): Kind =>
  kind('taskrouter', times, { 'TaskRouter by event': event, ...panels }, () => ({
    EventType: event,
    WorkspaceSid: freshSid('WS'),
    ResourceSid: freshSid(prefix),
    Sid: freshSid('EV'),
    Timestamp: seconds(),
  }));

/** Every product, with what goes well and what its alert is for. */
export const KINDS: readonly Kind[] = [
  recording('completed', 5),
  recording('absent', 2),
  recording('failed', 3),
  transcription('completed', 4),
  transcription('failed', 2),
  kind('intelligence', 3, { 'Intelligence by event': 'voice_intelligence_transcript_available' }, () => ({
    account_sid: ACCOUNT_SID,
    transcript_sid: freshSid('GT'),
    event_type: 'voice_intelligence_transcript_available',
  })),
  conference('participant-join', 6),
  conference(
    'participant-leave',
    4,
    { ReasonParticipantLeft: 'participant_hung_up' },
    { 'Participants who left, by reason': 'participant_hung_up' },
  ),
  conference(
    'conference-end',
    2,
    { ReasonConferenceEnded: 'last-participant-left' },
    { 'Conferences that ended, by reason': 'last-participant-left' },
  ),
  kind('amd', 7, { 'Who answered': 'human' }, () => ({ CallSid: freshSid('CA'), AnsweredBy: 'human' })),
  kind('amd', 2, { 'Who answered': 'fax' }, () => ({ CallSid: freshSid('CA'), AnsweredBy: 'fax' })),
  kind('stream', 5, { 'Media streams by event': 'started' }, () => ({
    StreamSid: freshSid('MZ'),
    StreamEvent: 'stream-started',
    Timestamp: iso(),
  })),
  kind('stream', 2, { 'Media streams by event': 'error' }, () => ({
    StreamSid: freshSid('MZ'),
    StreamEvent: 'stream-error',
    Timestamp: iso(),
  })),
  kind('siprec', 3, { 'SIPREC by event': 'error' }, () => ({
    SiprecSid: freshSid('SR'),
    SiprecEvent: 'siprec-error',
    Timestamp: iso(),
  })),
  kind('pay', 4, { 'Payments by error': 'none' }, () => ({
    CallSid: freshSid('CA'),
    For: 'security-code',
    Attempt: '1',
  })),
  kind('pay', 2, { 'Payments by error': 'input-timeout' }, () => ({
    CallSid: freshSid('CA'),
    For: 'security-code',
    Attempt: '2',
    ErrorType: 'input-timeout',
  })),
  kind('video', 3, { 'Video by event': 'room-ended' }, () => ({
    RoomSid: freshSid('RM'),
    StatusCallbackEvent: 'room-ended',
    Timestamp: iso(),
  })),
  kind('conversations', 4, { 'Conversations by event': 'onMessageAdded' }, () => ({
    EventType: 'onMessageAdded',
    ConversationSid: freshSid('CH'),
    MessageSid: freshSid('IM'),
  })),
  kind(
    'conversations',
    3,
    { 'Conversations by event': 'onDeliveryUpdated', 'Deliveries of Conversations': 'undelivered' },
    () => ({
      EventType: 'onDeliveryUpdated',
      ConversationSid: freshSid('CH'),
      MessageSid: freshSid('IM'),
      DeliveryReceiptSid: freshSid('DY'),
      Status: 'undelivered',
    }),
  ),
  kind('sync', 5, { 'Sync by event': 'document_updated' }, () => ({
    EventType: 'document_updated',
    ServiceSid: freshSid('IS'),
    DocumentSid: freshSid('ET'),
    DocumentRevision: '2',
  })),
  taskrouter('task.completed', 4, 'WT', { 'Tasks that ended, by outcome': 'completed' }),
  taskrouter('task-queue.timeout', 8, 'WT', { Timeouts: 'task-queue.timeout' }),
  taskrouter('reservation.timeout', 3, 'WR', { Timeouts: 'reservation.timeout' }),
  kind('bundle', 2, { 'Bundles by status': 'twilio-rejected' }, () => ({
    BundleSid: freshSid('BU'),
    Status: 'twilio-rejected',
  })),
  kind('usage-trigger', 2, { 'Usage triggers that fired': 'totalprice' }, () => ({
    UsageTriggerSid: freshSid('UT'),
    UsageCategory: 'totalprice',
    IdempotencyToken: freshSid('AC'),
    DateFired: rfc(),
  })),
  kind('debugger', 12, { "Twilio's error log by product": 'messaging' }, () => ({
    Sid: freshSid('NO'),
    Level: 'ERROR',
    Timestamp: iso(),
    PayloadType: 'application/json',
    Payload: JSON.stringify({ resource_sid: freshSid('SM'), error_code: '30003' }),
  })),
];

/** E-mails by event; of the bounces all are of the class Reputation. */
export const EMAILS = { delivered: 150, bounce: 30, spamreport: 8 } as const;

/** Sends so many callbacks of each kind, or one. */
export async function productTraffic(agent: string, timesOf: (kind: Kind) => number): Promise<void> {
  for (const each of KINDS) {
    for (let i = 0; i < timesOf(each); i++) {
      const params = { ...(each.feed === 'intelligence' ? {} : { AccountSid: ACCOUNT_SID }), ...each.params() };
      await accepted(each.feed, await signedPost(`${agent}/webhooks/${each.feed}`, params));
    }
  }
}

/** Sends e-mails' events in one batch, as SendGrid signs it. */
export async function emailTraffic(agent: string, counts: Readonly<Record<string, number>>): Promise<void> {
  const events = Object.entries(counts).flatMap(([event, count]) =>
    Array.from({ length: count }, () => ({
      event,
      sg_event_id: freshSid('ev'),
      timestamp: Number(seconds()),
      ...(event === 'bounce' ? { type: 'bounce', bounce_classification: 'Reputation' } : {}),
    })),
  );
  const body = JSON.stringify(events);
  const timestamp = seconds();
  const headers = {
    'Content-Type': 'application/json',
    [SIGNATURE]: emailSignature(SIGNER, timestamp, body).toString('base64'),
    [TIMESTAMP]: timestamp,
  };
  await accepted('sendgrid', await fetch(`${agent}/webhooks/sendgrid`, { method: 'POST', body, headers }));
}

async function accepted(feed: string, response: Response): Promise<void> {
  if (response.status !== 204) throw new Error(`${feed}: answered ${response.status}: ${await response.text()}`);
}
