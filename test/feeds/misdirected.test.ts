import { expect } from 'chai';
import { call } from '../../src/feeds/call.ts';
import type { FormFeed } from '../../src/feeds/feed.ts';
import { FORM_FEEDS } from '../../src/feeds/index.ts';
import { message } from '../../src/feeds/message.ts';
import { SIGNS } from '../../src/feeds/signs.ts';
import { Rejection } from '../../src/rejection.ts';
import { type Fields, read } from '../families/play.ts';
import { FORM_CASES } from '../receive/forms/good.ts';
import { samples } from '../samples.ts';

const SID = 'd4'.repeat(16);
const CALL = {
  CallSid: `CA${SID}`,
  AccountSid: `AC${SID}`,
  From: '+15017122661',
  To: '+15558675310',
  ApiVersion: '2010-04-01',
};
const MESSAGE = { MessageSid: `SM${SID}`, SmsSid: `SM${SID}`, AccountSid: `AC${SID}`, ApiVersion: '2010-04-01' };
const PROGRESS = { CallbackSource: 'call-progress-events', SequenceNumber: '1' };

/** What the feed says to it: nothing, or the body of its answer. */
function said(feed: FormFeed, fields: Fields, reception: Parameters<typeof read>[2] = {}): string {
  try {
    read(feed, fields, reception);
    return 'counted';
  } catch (error) {
    if (error instanceof Rejection) return error.body;
    throw error;
  }
}

const FEEDS_BY_NAME = { call, message };

/** What a call asks for, the parameter that gives it away, and the field of Twilio's whose request it is. */
const CONTROL: readonly (readonly [string, keyof typeof FEEDS_BY_NAME, Fields, RegExp])[] = [
  [
    'the end of <Dial>',
    'call',
    { ...CALL, CallStatus: 'in-progress', DialCallStatus: 'busy' },
    /^DialCallStatus: .*<Dial>/,
  ],
  [
    'an answered <Dial>',
    'call',
    { ...CALL, ...PROGRESS, CallStatus: 'completed', DialCallStatus: 'answered', RecordingUrl: 'x' },
    /^DialCallStatus: .*<Dial>/,
  ],
  [
    'pressed keys',
    'call',
    { ...CALL, CallStatus: 'in-progress', Digits: '42', FinishedOnKey: '#' },
    /^Digits: .*<Gather>/,
  ],
  [
    'spoken words',
    'call',
    { ...CALL, CallStatus: 'in-progress', SpeechResult: 'yes', Confidence: '0.9' },
    /^SpeechResult: .*<Gather>/,
  ],
  [
    'the end of <Enqueue>',
    'call',
    { ...CALL, CallStatus: 'in-progress', QueueResult: 'hangup', QueueSid: 'QU1' },
    /^QueueResult: .*<Enqueue>/,
  ],
  [
    'waiting in a queue',
    'call',
    { ...CALL, CallStatus: 'in-progress', QueuePosition: '3', QueueTime: '9' },
    /^QueuePosition: .*waitUrl/,
  ],
  [
    'the end of <Record>',
    'call',
    { ...CALL, CallStatus: 'completed', RecordingUrl: 'x', RecordingDuration: '3', Digits: 'hangup' },
    /^RecordingUrl: .*<Record>/,
  ],
  [
    'the end of ConversationRelay',
    'call',
    { ...CALL, CallStatus: 'completed', SessionId: 'VX1', SessionStatus: 'ended' },
    /^SessionStatus: .*<Connect>/,
  ],
  [
    'the end of <Pay>',
    'call',
    { ...CALL, CallStatus: 'in-progress', Result: 'success', ProfileId: 'p' },
    /^ProfileId: .*<Pay>/,
  ],
  ['an incoming call', 'call', { ...CALL, CallStatus: 'ringing', Direction: 'inbound' }, /^Direction: .*VoiceUrl/],
  [
    'an incoming call, in another country',
    'call',
    { ...CALL, CallStatus: 'ringing', Direction: 'inbound', FromCountry: 'DE', StirVerstat: 'No-TN-Validation' },
    /^Direction: .*VoiceUrl/,
  ],
  [
    'an incoming call at the path of messages',
    'message',
    { ...CALL, CallStatus: 'ringing', Direction: 'inbound' },
    /^Direction: .*VoiceUrl/,
  ],
  [
    'a fallback',
    'call',
    { ...CALL, CallStatus: 'ringing', ErrorCode: '11200', ErrorUrl: 'https://x.example' },
    /^ErrorUrl: .*VoiceFallbackUrl/,
  ],
  [
    'an incoming message',
    'message',
    { ...MESSAGE, SmsStatus: 'received', Body: 'hello', NumMedia: '0' },
    /^Body: .*SmsUrl/,
  ],
  [
    'an incoming picture without a word',
    'message',
    { ...MESSAGE, SmsStatus: 'received', Body: '', NumMedia: '1' },
    /^NumMedia: .*SmsUrl/,
  ],
  [
    'an incoming message at the path of calls',
    'call',
    { ...MESSAGE, SmsStatus: 'received', Body: 'hello', NumMedia: '0' },
    /^Body: .*SmsUrl/,
  ],
  [
    'a message that a Conversation asks about',
    'message',
    { EventType: 'onMessageAdd', AccountSid: 'AC1', Body: 'hello' },
    /^EventType: .*PreWebhookUrl/,
  ],
  [
    'a task for a worker',
    'call',
    { ReservationSid: 'WR1', TaskAttributes: '{}', WorkspaceSid: 'WS1' },
    /^ReservationSid: .*AssignmentCallbackUrl/,
  ],
];

describe('feeds: a request for TwiML', () => {
  for (const [name, feed, fields, expected] of CONTROL) {
    it(`${name}: control_webhook`, () => {
      const text = said(FEEDS_BY_NAME[feed], fields);
      expect(text).to.match(/^control_webhook: /);
      expect(text.slice('control_webhook: '.length))
        .to.match(expected)
        .and.to.match(/give this agent's URL as \w+/);
    });
  }
});

/** Callbacks that are what the feed counts, however little they say. */
const GENUINE: readonly (readonly [string, keyof typeof FEEDS_BY_NAME, Fields])[] = [
  ['the least of a call', 'call', { CallSid: CALL.CallSid, CallStatus: 'ringing' }],
  ['a call that ended, by its minutes', 'call', { ...CALL, CallStatus: 'completed', Duration: '1' }],
  ['a call of the API that rings', 'call', { ...CALL, CallStatus: 'ringing', Direction: 'outbound-api' }],
  [
    'an incoming call that rings, as its progress tells',
    'call',
    { ...CALL, ...PROGRESS, CallStatus: 'ringing', Direction: 'inbound' },
  ],
  [
    'an incoming call that rang at a time',
    'call',
    { ...CALL, CallStatus: 'ringing', Direction: 'inbound', Timestamp: 'Wed, 14 Oct 2026 12:03:01 +0000' },
  ],
  [
    'an incoming call that ended',
    'call',
    { ...CALL, CallStatus: 'completed', Direction: 'inbound', CallDuration: '9' },
  ],
  ['an incoming call that was answered', 'call', { ...CALL, CallStatus: 'in-progress', Direction: 'inbound' }],
  [
    'a recorded call',
    'call',
    { ...CALL, ...PROGRESS, CallStatus: 'completed', RecordingUrl: 'x', RecordingSid: 'RE1', RecordingDuration: '9' },
  ],
  ['a recorded call, by its minutes', 'call', { ...CALL, CallStatus: 'completed', Duration: '1', RecordingUrl: 'x' }],
  [
    'a call that a machine answered',
    'call',
    { ...CALL, ...PROGRESS, CallStatus: 'in-progress', AnsweredBy: 'machine_start', MachineDetectionDuration: '9' },
  ],
  [
    'a call with empty parameters of other kinds',
    'call',
    { ...CALL, CallStatus: 'completed', Digits: '', RecordingUrl: '', DialCallStatus: '' },
  ],
  [
    'a call with names that look alike',
    'call',
    { ...CALL, CallStatus: 'completed', Digit: '1', Digitz: '1', DialCallStatuz: 'x', Direktion: 'x' },
  ],
  ['the least of a message', 'message', { MessageSid: MESSAGE.MessageSid, MessageStatus: 'sent' }],
  ['a message with its text', 'message', { ...MESSAGE, MessageStatus: 'sent', Body: 'hello', NumSegments: '1' }],
  [
    'a message that was read',
    'message',
    { ...MESSAGE, MessageStatus: 'read', EventType: 'READ', ChannelPrefix: 'whatsapp' },
  ],
];

describe('feeds: what is counted as before', () => {
  for (const [name, feed, fields] of GENUINE) {
    it(name, () => expect(said(FEEDS_BY_NAME[feed], fields)).to.equal('counted'));
  }
});

/** By how the names of its samples begin, what is said of each kind of callback. */
const KINDS: readonly (readonly [prefix: string, expected: RegExp])[] = [
  ['message-inbound.', /^control_webhook: Body: /],
  ['dial-action.', /^control_webhook: DialCallStatus: /],
  ['enqueue-action.', /^control_webhook: QueueResult: /],
  ['taskrouter.assignment', /^control_webhook: ReservationSid: /],
  ['recording.', /^wrong_feed: RecordingStatus: /],
  ['record-transcription.', /^wrong_feed: TranscriptionStatus: /],
  ['transcription.', /^wrong_feed: TranscriptionStatus: /],
  ['realtime-transcription.', /^wrong_feed: TranscriptionEvent: /],
  ['conference', /^wrong_feed: ConferenceSid: /],
  ['amd.', /^wrong_feed: (?:AnsweredBy|MachineDetectionDuration): this is an AsyncAmdStatusCallback/],
  ['stream.', /^wrong_feed: StreamEvent: /],
  ['siprec', /^wrong_feed: SiprecEvent: /],
  ['pay', /^wrong_feed: For: /],
  ['video', /^wrong_feed: (?:RoomSid|CompositionSid): /],
  ['taskrouter.', /^wrong_feed: WorkspaceSid: /],
  ['conversations.', /^wrong_feed: EventType: this is a webhook of Conversations/],
  ['sync.', /^wrong_feed: EventType: this is a webhook of Sync/],
  ['usage-trigger.', /^wrong_feed: UsageTriggerSid: /],
  ['debugger.', /^wrong_feed: PayloadType: /],
  ['bundle.', /^wrong_feed: BundleSid: /],
  ['intelligence.', /^wrong_feed: transcript_sid: /],
  ['proxy-callback.', /^wrong_feed: interactionSid: /],
];

describe('feeds: the callbacks of other products', () => {
  const files = ['message/inbound.json', 'other/form.json', 'other/products.json'];
  const others = files.flatMap((file) => samples(file));

  it('are more than seventy', () => expect(others).to.have.length.above(70));
  for (const { name, body } of others) {
    const [, expected = /^wrong_feed: /] = KINDS.find(([prefix]) => name.startsWith(prefix)) ?? [];
    it(`${name}: refused by both feeds, with what it is`, () => {
      const fields = Object.fromEntries(new URLSearchParams(body));
      for (const feed of [call, message]) expect(said(feed, fields)).to.match(expected);
    });
  }

  it('each names the path of its feed, or says that there is none', () => {
    expect(said(call, { ...MESSAGE, MessageStatus: 'sent' })).to.match(/a message: its path is \/webhooks\/message$/);
    expect(said(message, { ...CALL, CallStatus: 'ringing' })).to.match(/a call: its path is \/webhooks\/call$/);
    expect(said(call, { interactionSid: 'KI1' })).to.match(/a callback of Proxy, which this version does not count$/);
  });
});

/** A callback of each form feed. */
const CALLBACKS = new Map<string, Fields>([
  ['message', { ...MESSAGE, MessageStatus: 'sent' }],
  ['call', { ...CALL, ...PROGRESS, CallStatus: 'completed', CallDuration: '9' }],
  ...FORM_CASES.map(({ name, pairs }) => [name, Object.fromEntries(pairs())] as const),
]);

describe('feeds: what came to the path of another', () => {
  it('has a callback of each', () => {
    expect([...CALLBACKS.keys()]).to.have.members(FORM_FEEDS.map(({ name }) => name));
  });
  for (const feed of FORM_FEEDS) {
    it(`${feed.name}: counts its own, and says of each other where it belongs, if that is on`, () => {
      for (const [name, fields] of CALLBACKS) {
        const text = said(feed, fields, { pathOf: (other) => `/webhooks/${other}` });
        if (name === feed.name) expect(text).to.equal('counted');
        else expect(text, name).to.match(new RegExp(`^wrong_feed: .*: its path is /webhooks/${name}$`));
        if (name !== feed.name) {
          const off = said(feed, fields, { pathOf: () => undefined });
          expect(off, name).to.match(
            new RegExp(
              `^wrong_feed: .*, which is switched off here: receivers\\.twilio\\.families\\.${name}\\.enabled$`,
            ),
          );
        }
      }
    });

    it(`${feed.name}: no request for TwiML counts`, () => {
      for (const [name, , fields, expected] of CONTROL) {
        const text = said(feed, fields);
        expect(text, name).to.match(/^control_webhook: /);
        expect(text.slice('control_webhook: '.length), name).to.match(expected);
      }
    });
  }
});

describe('feeds: the table of signs', () => {
  it('has no sign that another one before it hides', () => {
    const alone = SIGNS.filter((sign) =>
      Object.keys(sign).every((key) => ['has', 'is', 'feed', 'meant'].includes(key)),
    );
    for (const sign of alone) {
      const later = SIGNS.slice(SIGNS.indexOf(sign) + 1).filter(({ has }) => has === sign.has);
      expect(later, sign.has).to.deep.equal([]);
    }
  });

  for (const sign of SIGNS) {
    it(`${sign.has}: ${sign.is}: fits what shows it and nothing else`, () => {
      const shown = Object.fromEntries(
        [sign.has, ...(sign.with ?? []), ...(sign.any ?? []).slice(0, 1)].map((name) => [name, '1']),
      );
      const values = Object.entries(sign.values ?? {}).map(([name, pattern]) => [
        name,
        VALUES.find((value) => pattern.test(value))!,
      ]);
      const own = 'feed' in sign ? sign.feed : 'none';
      for (const feed of [call, message]) {
        const text = said(feed, { ...shown, ...Object.fromEntries(values) });
        if (feed.name === own) expect(text).to.match(/^missing_field/);
        else expect(text).to.include(`${sign.has}: this is ${sign.is}`);
      }
    });
  }
});

const VALUES = ['ringing', 'inbound', 'onMessageAdded', 'onMessageAdd', 'document_updated'];
