import type { EventRow } from './row.ts';

/** What happens during calls and in rooms, apart from the statuses of calls. */
export const VOICE_ROWS: readonly EventRow[] = [
  {
    name: 'recording',
    docs: 'https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback',
    counts: 'recordingCallback',
    label: { key: 'status', from: ['RecordingStatus'] },
    identity: ['RecordingSid', ['RE'], 'RecordingStatus'],
  },
  {
    name: 'transcription',
    docs: 'https://www.twilio.com/docs/voice/twiml/transcription',
    counts: 'transcriptionCallback',
    label: { key: 'event', from: ['TranscriptionEvent', 'TranscriptionStatus'], prefix: 'transcription-' },
    identity: ['TranscriptionSid', ['GT', 'TR'], 'TranscriptionEvent|TranscriptionStatus', 'SequenceId?'],
    time: 'Timestamp',
    onRequest: ['content'],
  },
  {
    name: 'conference',
    docs: 'https://www.twilio.com/docs/voice/twiml/conference#attributes-statusCallback',
    counts: 'conferenceCallback',
    label: { key: 'event', from: ['StatusCallbackEvent'] },
    identity: ['ConferenceSid', ['CF'], 'StatusCallbackEvent', 'SequenceNumber'],
    time: 'Timestamp',
    dropped: ['participant-speech-start', 'participant-speech-stop'],
    also: [
      {
        counts: 'conferencesEnded',
        when: 'conference-end',
        label: { key: 'reason', from: ['ReasonConferenceEnded'] },
      },
      {
        counts: 'conferenceParticipantsLeft',
        when: 'participant-leave',
        label: { key: 'reason', from: ['ReasonParticipantLeft'] },
      },
    ],
  },
  {
    name: 'amd',
    docs: 'https://www.twilio.com/docs/voice/answering-machine-detection#asyncamdstatuscallback',
    counts: 'amdCallback',
    label: { key: 'answered_by', from: ['AnsweredBy'] },
    identity: ['CallSid', ['CA']],
  },
  {
    name: 'stream',
    docs: 'https://www.twilio.com/docs/voice/twiml/stream#statuscallback',
    counts: 'streamCallback',
    label: { key: 'event', from: ['StreamEvent'], prefix: 'stream-' },
    identity: ['StreamSid', ['MZ'], 'StreamEvent'],
    time: 'Timestamp',
  },
  {
    name: 'siprec',
    docs: 'https://www.twilio.com/docs/voice/twiml/siprec#statuscallback',
    counts: 'siprecCallback',
    label: { key: 'event', from: ['SiprecEvent'], prefix: 'siprec-' },
    identity: ['SiprecSid', ['SR'], 'SiprecEvent'],
    time: 'Timestamp',
  },
  {
    name: 'pay',
    docs: 'https://www.twilio.com/docs/voice/twiml/pay#statuscallback',
    counts: 'payCallback',
    label: { key: 'error_type', from: ['ErrorType'], absent: 'none' },
    // A session of the API calls for each key that is pressed, which is one step all the same. The rest is card data.
    identity: ['CallSid', ['CA'], 'For', 'Attempt?', 'ErrorType?'],
    closed: {
      For: [
        'payment-card-number',
        'expiration-date',
        'security-code',
        'postal-code',
        'bank-routing-number',
        'bank-account-number',
        'payment-processing',
      ],
    },
  },
  {
    name: 'video',
    docs: 'https://www.twilio.com/docs/video/api/status-callbacks',
    counts: 'videoCallback',
    label: { key: 'event', from: ['StatusCallbackEvent'] },
    // SequenceNumber is for Twilio's own use, and some events have the same one.
    identity: ['RoomSid', ['RM'], 'StatusCallbackEvent', 'ParticipantSid?', 'TrackSid?', 'Timestamp'],
    about: [
      ['recording-', ['RecordingSid', ['RT'], 'StatusCallbackEvent']],
      ['composition-hook-', ['HookSid', ['HK'], 'StatusCallbackEvent', 'RoomSid', 'Timestamp']],
      ['composition-', ['CompositionSid', ['CJ'], 'StatusCallbackEvent', 'PercentageDone?']],
    ],
    time: 'Timestamp',
  },
];
