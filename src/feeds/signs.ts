/**
 * What a request shows of itself, whatever path it came to: the one table by which a request for TwiML and the callback of
 * another feed are told from what a feed counts.
 */
export type Sign = {
  /** The parameter that gives it away. */
  readonly has: string;
  /** Others of which it shows all, one at least, or none. */
  readonly with?: readonly string[];
  readonly any?: readonly string[];
  readonly without?: readonly string[];
  /** What the values of some must look like. */
  readonly values?: Readonly<Record<string, RegExp>>;
  /** What it is, in Twilio's words, to go on after "this is". */
  readonly is: string;
} & (
  | { /** The feed whose callback it is, also where this version has no such feed. */ readonly feed: string }
  | {
      /** Twilio waits for an answer that says what to do. Where an agent's URL belongs instead. */ readonly meant: string;
    }
);

const CALL_STATUS =
  'StatusCallback of the call, the number or the TwiML App, or statusCallback of <Number>, <Sip> or <Client>';
const MESSAGE_STATUS = 'StatusCallback of the message or of the Messaging Service, or statusCallback of <Message>';
const EVENTS = 'EventCallbackUrl of the Workspace';

/** Only call progress callbacks tell these. https://www.twilio.com/docs/voice/api/call-resource#statuscallback */
const PROGRESS = ['CallbackSource', 'SequenceNumber', 'Timestamp', 'CallDuration'];
/** Twilio asks before it does these, and acts on the answer. https://www.twilio.com/docs/conversations/conversations-webhooks */
const BEFORE = /^on(?:Message|Conversation|Participant)(?:Add|Update|Remove)$|^onUserUpdate$/;

/** The first that fits decides: what tells more stands before what is part of it. */
export const SIGNS: readonly Sign[] = [
  { has: 'PayloadType', with: ['Payload', 'Level'], is: 'an event of the Debugger', feed: 'debugger' },
  { has: 'UsageTriggerSid', is: 'the callback of a usage trigger', feed: 'usage-trigger' },
  {
    has: 'ReservationSid',
    with: ['TaskAttributes'],
    without: ['EventType'],
    is: 'the AssignmentCallbackUrl of a TaskRouter Workflow',
    meant: EVENTS,
  },
  { has: 'WorkspaceSid', is: 'an event of TaskRouter', feed: 'taskrouter' },
  { has: 'TranscriptionEvent', is: 'the status callback of a real-time transcription', feed: 'transcription' },
  { has: 'TranscriptionStatus', is: 'the transcribeCallback of <Record>', feed: 'transcription' },
  { has: 'TranscriptionText', is: 'the transcribeCallback of <Record>', feed: 'transcription' },
  { has: 'transcript_sid', is: 'the webhook of a Conversational Intelligence service', feed: 'intelligence' },
  { has: 'StreamEvent', is: 'the status callback of a media stream', feed: 'stream' },
  { has: 'SiprecEvent', is: 'the status callback of SIPREC', feed: 'siprec' },
  { has: 'RoomSid', is: 'the status callback of a Video room or composition', feed: 'video' },
  { has: 'CompositionSid', is: 'the status callback of a Video room or composition', feed: 'video' },
  {
    has: 'ConferenceSid',
    with: ['StatusCallbackEvent'],
    is: 'the status callback of a conference',
    feed: 'conference',
  },
  { has: 'RecordingStatus', is: 'a RecordingStatusCallback', feed: 'recording' },
  { has: 'ConferenceSid', without: ['CallStatus'], is: 'the status callback of a conference', feed: 'conference' },
  {
    has: 'For',
    any: ['Attempt', 'ErrorType', 'Capture', 'PaymentMethod'],
    is: 'the status callback of <Pay>',
    feed: 'pay',
  },
  { has: 'VerificationStatus', is: 'the status callback of a caller ID validation', feed: 'caller-id' },
  { has: 'BundleSid', is: 'the status callback of a regulatory bundle', feed: 'bundle' },
  { has: 'interactionSid', is: 'a callback of Proxy', feed: 'proxy' },
  { has: 'UnstableSpeechResult', is: 'the partialResultCallback of <Gather>', feed: 'gather' },
  { has: 'StableSpeechResult', is: 'the partialResultCallback of <Gather>', feed: 'gather' },
  {
    has: 'EventType',
    values: { EventType: BEFORE },
    is: 'the PreWebhookUrl of Conversations',
    meant: 'PostWebhookUrl',
  },
  { has: 'EventType', values: { EventType: /^on[A-Z]/ }, is: 'a webhook of Conversations', feed: 'conversations' },
  {
    has: 'EventType',
    values: { EventType: /^(?:document|list|map|stream|endpoint)_/ },
    is: 'a webhook of Sync',
    feed: 'sync',
  },
  {
    has: 'ErrorUrl',
    is: 'a fallback URL (VoiceFallbackUrl, SmsFallbackUrl)',
    meant: 'StatusCallback of the same resource',
  },
  { has: 'Body', with: ['NumMedia'], is: 'the URL for incoming messages (SmsUrl)', meant: MESSAGE_STATUS },
  {
    has: 'NumMedia',
    without: ['MessageStatus'],
    is: 'the URL for incoming messages (SmsUrl, InboundRequestUrl)',
    meant: MESSAGE_STATUS,
  },
  { has: 'DialCallStatus', is: 'the action URL of <Dial>', meant: CALL_STATUS },
  { has: 'QueueResult', is: 'the action URL of <Enqueue>', meant: CALL_STATUS },
  { has: 'QueuePosition', is: 'the waitUrl of <Enqueue>', meant: CALL_STATUS },
  { has: 'CurrentQueueSize', is: 'the waitUrl of <Enqueue>', meant: CALL_STATUS },
  { has: 'DequeingCallSid', is: 'the url of <Queue>', meant: CALL_STATUS },
  { has: 'ReferTransferTarget', is: 'the referUrl of <Dial>', meant: CALL_STATUS },
  { has: 'SessionStatus', is: 'the action URL of <Connect>', meant: CALL_STATUS },
  { has: 'HandoffData', is: 'the action URL of <Connect>', meant: CALL_STATUS },
  { has: 'PayErrorCode', is: 'the action URL of <Pay>', meant: CALL_STATUS },
  { has: 'ProfileId', with: ['Result'], is: 'the action URL of <Pay>', meant: CALL_STATUS },
  // A recorded call tells of its recording in its last progress callback, too.
  { has: 'RecordingUrl', without: [...PROGRESS, 'Duration'], is: 'the action URL of <Record>', meant: CALL_STATUS },
  { has: 'Digits', is: 'the action URL of <Gather>', meant: CALL_STATUS },
  { has: 'SpeechResult', is: 'the action URL of <Gather>', meant: CALL_STATUS },
  { has: 'MachineDetectionDuration', without: ['CallStatus'], is: 'an AsyncAmdStatusCallback', feed: 'amd' },
  { has: 'AnsweredBy', without: ['CallStatus'], is: 'an AsyncAmdStatusCallback', feed: 'amd' },
  {
    has: 'Direction',
    values: { CallStatus: /^ringing$/, Direction: /^inbound$/ },
    without: PROGRESS,
    is: 'the URL for incoming calls (VoiceUrl)',
    meant: CALL_STATUS,
  },
  { has: 'MessageStatus', is: 'a status callback of a message', feed: 'message' },
  { has: 'CallStatus', is: 'a status callback of a call', feed: 'call' },
];
