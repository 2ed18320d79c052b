import { dashboard } from './dashboard.ts';
import { graph, type PanelOf } from './panels.ts';
import { grown, perMinute, series, share } from './series.ts';

/** What happens per minute, by one label; what does not happen takes no room. */
const flow = (title: string, description: string, selector: string, label: string, width: number): PanelOf =>
  graph({
    title,
    description: `${description} Per minute; what is 0 is not shown.`,
    expr: `${perMinute(selector, label)} > 0`,
    legend: `{{${label}}}`,
    unit: 'cpm',
    width,
  });

const EMAILS = (...events: ('bounce' | 'delivered' | 'spamreport')[]) => series('emailEvents', { event: events });

export const products = dashboard({
  uid: 'twilio-products',
  title: 'Twilio / Products',
  description:
    'What happens beside messages and calls, a row for each product. A row stays empty without its callbacks.',
  rows: [
    [
      'E-mails (SendGrid)',
      [
        flow('E-mails by event', 'Events of e-mails.', series('emailEvents'), 'event', 10),
        flow(
          'Bounces by class',
          'Bounces and blocks, by what SendGrid makes of the answer.',
          series('emailsBounced'),
          'classification',
          7,
        ),
        graph({
          title: 'Bounce rate',
          description:
            'Bounces and blocks as a share of what was delivered or bounced. Above 5% providers keep e-mails back.',
          expr: share(perMinute(EMAILS('bounce')), perMinute(EMAILS('delivered'))),
          legend: 'bounced',
          unit: 'percentunit',
          width: 7,
        }),
      ],
    ],
    [
      'Recordings and transcriptions',
      [
        flow('Recordings by status', 'absent is silence, failed is a loss.', series('recordingCallback'), 'status', 8),
        flow(
          'Transcriptions by event',
          'Of recordings, and while people speak.',
          series('transcriptionCallback'),
          'event',
          8,
        ),
        flow(
          'Intelligence by event',
          'Transcripts that are there, and results of operators.',
          series('intelligenceCallback'),
          'event',
          8,
        ),
      ],
    ],
    [
      'Conferences',
      [
        flow('Conferences by event', 'What happens in conferences.', series('conferenceCallback'), 'event', 8),
        flow('Conferences that ended, by reason', 'Why conferences end.', series('conferencesEnded'), 'reason', 8),
        flow(
          'Participants who left, by reason',
          'Why participants leave.',
          series('conferenceParticipantsLeft'),
          'reason',
          8,
        ),
      ],
    ],
    [
      'Media of calls, and payments',
      [
        flow('Who answered', 'Answering machine detection.', series('amdCallback'), 'answered_by', 6),
        flow('Media streams by event', 'An error takes with it what listens.', series('streamCallback'), 'event', 6),
        flow('SIPREC by event', 'Sessions to recorders of others.', series('siprecCallback'), 'event', 6),
        flow(
          'Payments by error',
          'Steps of Pay; none is a step that went well.',
          series('payCallback'),
          'error_type',
          6,
        ),
      ],
    ],
    [
      'Video, Conversations and Sync',
      [
        flow('Video by event', 'Rooms, recordings and compositions.', series('videoCallback'), 'event', 6),
        flow('Conversations by event', 'What happens in conversations.', series('conversationsCallback'), 'event', 6),
        flow(
          'Deliveries of Conversations',
          'What became of messages, by status.',
          series('conversationsDeliveries'),
          'status',
          6,
        ),
        flow('Sync by event', 'What happens to documents, lists and maps.', series('syncCallback'), 'event', 6),
      ],
    ],
    [
      'TaskRouter',
      [
        flow(
          'TaskRouter by event',
          'Events of tasks, reservations, workers and queues.',
          series('taskrouterCallback'),
          'event',
          12,
        ),
        flow('Tasks that ended, by outcome', 'How tasks end.', series('tasksEnded'), 'outcome', 6),
        flow(
          'Timeouts',
          'Reservations, queues and workflows whose time ran out.',
          series('taskrouterCallback', { event: ['reservation.timeout', 'task-queue.timeout', 'workflow.timeout'] }),
          'event',
          6,
        ),
      ],
    ],
    [
      'The account',
      [
        flow('Bundles by status', 'Regulatory and trust bundles.', series('bundleCallback'), 'status', 8),
        graph({
          title: 'Usage triggers that fired',
          description: 'How often each category reached its bound in the chosen time range.',
          expr: `${grown(series('usageTriggerCallback'), 'usage_category')} > 0`,
          legend: '{{usage_category}}',
          unit: 'short',
          width: 8,
        }),
        flow("Twilio's error log by product", 'Errors by what they are about.', series('debuggerErrors'), 'product', 8),
      ],
    ],
  ],
});
