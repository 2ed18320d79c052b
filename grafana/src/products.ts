import { dashboard } from './dashboard.ts';
import { graph, type PanelOf } from './panels.ts';
import { grown, named, perMinute, series, share } from './series.ts';

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

/** Everything but messages and calls, which have dashboards of their own. */
const PRODUCTS = series('callbacks', { family: { not: ['message', 'call', 'events'] }, outcome: 'accepted' });

const wrong = (product: string, selector: string): string => `${named(perMinute(selector), 'product', product)} > 0`;
const WRONG = [
  wrong('recordings', series('recordingCallback', { status: ['absent', 'failed'] })),
  wrong('media streams', series('streamCallback', { event: ['error'] })),
  wrong('SIPREC', series('siprecCallback', { event: ['error'] })),
  wrong(
    'TaskRouter',
    series('taskrouterCallback', { event: ['reservation.timeout', 'task-queue.timeout', 'workflow.timeout'] }),
  ),
  wrong('e-mails', EMAILS('bounce')),
  wrong('Conversations', series('conversationsDeliveries', { status: ['failed', 'undelivered'] })),
].join(' or ');

export const products = dashboard({
  uid: 'twilio-products',
  title: 'Twilio / Products',
  description:
    'What happens beside messages and calls. The first row says which products call and what goes wrong; the others open by a click, one for each product.',
  rows: [
    [
      'Which products call, and what goes wrong',
      [
        flow('Callbacks by product', 'What was counted.', PRODUCTS, 'family', 12),
        graph({
          title: 'What goes wrong',
          description:
            'Recordings that failed or are absent, media streams and SIPREC sessions that broke, timeouts of TaskRouter, bounced e-mails, messages of Conversations that were not delivered. Per minute; what is 0 is not shown.',
          expr: WRONG,
          legend: '{{product}}',
          unit: 'cpm',
          width: 12,
        }),
      ],
    ],
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
      'collapsed',
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
      'collapsed',
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
      'collapsed',
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
      'collapsed',
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
      'collapsed',
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
      'collapsed',
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
      'collapsed',
    ],
  ],
});
