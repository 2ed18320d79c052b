import type { EventRow } from './row.ts';

/** What happens during calls, apart from their own statuses. */
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
    identity: ['TranscriptionSid', ['GT', 'TR'], 'TranscriptionEvent?', 'TranscriptionStatus?', 'SequenceId?'],
    time: 'Timestamp',
    dropped: ['content'],
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
];
