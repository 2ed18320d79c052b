import { closed, type MetricRows } from './row.ts';

const RECORDING_STATUSES = ['in-progress', 'completed', 'absent', 'failed', 'other'] as const;
/** `completed` and `failed` of recorded speech, the others of speech that is transcribed while it is spoken. */
const TRANSCRIPTION_EVENTS = ['completed', 'failed', 'started', 'content', 'stopped', 'error', 'other'] as const;
const CONFERENCE_EVENTS = [
  'conference-start',
  'conference-end',
  'participant-join',
  'participant-leave',
  'participant-mute',
  'participant-unmute',
  'participant-hold',
  'participant-unhold',
  'participant-modify',
  'participant-speech-start',
  'participant-speech-stop',
  'announcement-end',
  'announcement-fail',
  'other',
] as const;
const CONFERENCE_ENDS = [
  'conference-ended-via-api',
  'last-participant-kicked',
  'last-participant-left',
  'participant-with-end-conference-on-exit-kicked',
  'participant-with-end-conference-on-exit-left',
  'unknown',
  'other',
] as const;
const PARTICIPANT_ENDS = [
  'conference_ended_via_api',
  'moderator_ended_conference',
  'participant_updated_via_api',
  'participant_hung_up',
  'participant_add_failed',
  'unknown',
  'other',
] as const;
const ANSWERED_BY = [
  'human',
  'fax',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'unknown',
  'other',
] as const;
const STREAM_EVENTS = ['started', 'stopped', 'error', 'other'] as const;

/** What happens during calls, apart from their own statuses. */
export const VOICE_EVENT_METRICS = {
  recordingCallback: {
    name: 'twilio.recording.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Recording status callbacks: each distinct RecordingStatus of a recording counts once',
    labels: { status: closed(RECORDING_STATUSES) },
    durable: true,
    shownWith: 'recording',
  },
  transcriptionCallback: {
    name: 'twilio.transcription.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Transcriptions of recordings and of calls under way: each event of one counts once, and what was said is not read',
    labels: { event: closed(TRANSCRIPTION_EVENTS) },
    durable: true,
    shownWith: 'transcription',
  },
  conferenceCallback: {
    name: 'twilio.conference.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Conference status callbacks: each event of a conference counts once',
    labels: { event: closed(CONFERENCE_EVENTS) },
    durable: true,
    shownWith: 'conference',
  },
  conferencesEnded: {
    name: 'twilio.conferences.ended',
    kind: 'counter',
    unit: '{conference}',
    help: 'Conferences that ended, by the reason of their end',
    labels: { reason: closed(CONFERENCE_ENDS) },
    durable: true,
    shownWith: 'conference',
  },
  conferenceParticipantsLeft: {
    name: 'twilio.conference.participants.left',
    kind: 'counter',
    unit: '{participant}',
    help: 'Participants who left a conference, or could not be added to it, by the reason',
    labels: { reason: closed(PARTICIPANT_ENDS) },
    durable: true,
    shownWith: 'conference',
  },
  amdCallback: {
    name: 'twilio.amd.callback',
    kind: 'counter',
    unit: '{call}',
    help: 'Calls by who answered, as answering machine detection found out',
    labels: { answered_by: closed(ANSWERED_BY) },
    durable: true,
    shownWith: 'amd',
  },
  streamCallback: {
    name: 'twilio.stream.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'Media streams: each event of a stream counts once',
    labels: { event: closed(STREAM_EVENTS) },
    durable: true,
    shownWith: 'stream',
  },
  siprecCallback: {
    name: 'twilio.siprec.callback',
    kind: 'counter',
    unit: '{callback}',
    help: 'SIPREC sessions: each event of a session counts once',
    labels: { event: closed(STREAM_EVENTS) },
    durable: true,
    shownWith: 'siprec',
  },
} as const satisfies MetricRows;
