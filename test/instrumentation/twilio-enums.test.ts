import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type MetricKey, row } from '../../instrumentation/metrics.ts';
import { EVENT_ROWS } from '../../src/families/events.ts';

const FILE = new URL('../fixtures/twilio/enums.json', import.meta.url);
const { enums }: { enums: Record<string, Record<string, string[]>> } = JSON.parse(readFileSync(FILE, 'utf8'));

/** Why values stand on one side only: each with its reason. */
type Why = Readonly<Record<string, readonly string[]>>;
interface Comparison {
  readonly ours: string;
  readonly values: readonly string[];
  /** Those of Twilio's enums that it comes from, by specification and name. */
  readonly theirs: readonly string[];
  /** What we lack, and so count as `other`. */
  readonly lacks?: Why;
  /** What they lack. */
  readonly more?: Why;
}

const valuesOf = (metric: MetricKey, label: string): readonly string[] => {
  const found = row(metric).labels[label];
  return found && 'values' in found ? found.values : [];
};
const label = (metric: MetricKey, name: string, rest: Omit<Comparison, 'ours' | 'values'>): Comparison => ({
  ours: `${row(metric).name}, ${name}`,
  values: valuesOf(metric, name).filter((value) => value !== 'other'),
  ...rest,
});
const RESOURCE = 'a state that the resource has, and no callback tells';
const CALLBACK = 'a word of callbacks, which the resource never says';

const COMPARED: readonly Comparison[] = [
  label('messageCallback', 'status', {
    theirs: ['api_v2010.message_enum_status', 'api_v2010.sms_message_enum_status'],
  }),
  label('callCallback', 'status', {
    theirs: ['api_v2010.call_enum_status'],
    more: { [CALLBACK]: ['initiated'] },
  }),
  label('recordingCallback', 'status', {
    theirs: [
      'api_v2010.recording_enum_status',
      'api_v2010.call_recording_enum_status',
      'api_v2010.conference_recording_enum_status',
    ],
    lacks: { [RESOURCE]: ['paused', 'stopped', 'processing', 'deleted'] },
    more: { 'seen in callbacks by others, and in no specification': ['failed'] },
  }),
  label('transcriptionCallback', 'event', {
    theirs: [
      'api_v2010.transcription_enum_status',
      'api_v2010.recording_transcription_enum_status',
      'api_v2010.realtime_transcription_enum_status',
    ],
    lacks: { [RESOURCE]: ['in-progress'] },
    more: { [CALLBACK]: ['started', 'content', 'error'] },
  }),
  label('conferencesEnded', 'reason', {
    theirs: ['api_v2010.conference_enum_reason_conference_ended'],
    more: { 'where Twilio gave no reason': ['unknown'] },
  }),
  label('amdCallback', 'answered_by', {
    theirs: ['insights_v1.summary_enum_answered_by', 'insights_v1.call_summaries_enum_answered_by'],
  }),
  ...(['stream', 'siprec'] as const).map((each) =>
    label(`${each}Callback`, 'event', {
      theirs: [`api_v2010.${each}_enum_status`],
      lacks: { [RESOURCE]: ['in-progress'] },
      more: { [CALLBACK]: ['started', 'error'] },
    }),
  ),
  {
    ours: 'the steps of payments',
    values: EVENT_ROWS.find(({ name }) => name === 'pay')!.closed!['For']!,
    theirs: ['api_v2010.payments_enum_capture'],
    lacks: {
      'asks for the same once more, to be compared; whether callbacks tell it is not documented': [
        'payment-card-number-matcher',
        'expiration-date-matcher',
        'security-code-matcher',
        'postal-code-matcher',
      ],
    },
    more: { [CALLBACK]: ['payment-processing'] },
  },
  label('conversationsDeliveries', 'status', {
    theirs: [
      'conversations_v1.conversation_message_receipt_enum_delivery_status',
      'conversations_v1.service_conversation_message_receipt_enum_delivery_status',
    ],
  }),
  label('bundleCallback', 'status', {
    theirs: [
      'numbers_v2.bundle_enum_status',
      'numbers_v2.bundle_clone_enum_status',
      'numbers_v2.bundle_copy_enum_status',
      'numbers_v2.replace_items_enum_status',
      'trusthub_v1.customer_profile_enum_status',
      'trusthub_v1.trust_product_enum_status',
    ],
  }),
  {
    ours: 'what happens to reservations',
    values: valuesOf('taskrouterCallback', 'event').flatMap((value) => /^reservation\.(.*)/.exec(value)?.[1] ?? []),
    theirs: ['taskrouter_v1.task_reservation_enum_status', 'taskrouter_v1.worker_reservation_enum_status'],
    lacks: { [RESOURCE]: ['pending'], 'the event is wrapup': ['wrapping'] },
    more: { [CALLBACK]: ['created', 'failed', 'wrapup'] },
  },
  {
    ours: 'how tasks end and go on',
    values: valuesOf('taskrouterCallback', 'event').flatMap((value) => /^task\.(.*)/.exec(value)?.[1] ?? []),
    theirs: ['taskrouter_v1.task_enum_status'],
    lacks: { [RESOURCE]: ['pending', 'reserved', 'assigned'], 'the event is wrapup': ['wrapping'] },
    more: {
      [CALLBACK]: [
        'created',
        'updated',
        'wrapup',
        'deleted',
        'system-deleted',
        'transfer-initiated',
        'transfer-attempt-failed',
        'transfer-failed',
        'transfer-canceled',
        'transfer-completed',
      ],
    },
  },
  label('verifyVerifications', 'status', {
    theirs: ['verify_v2.verification_enum_status'],
    more: {
      'the enum is of what may be asked for, the others are told': ['pending', 'expired', 'max_attempts_reached'],
    },
  }),
  label('verifyMessages', 'status', {
    theirs: ['verify_v2.verification_attempt_enum_message_status'],
    lacks: {
      'Event Streams has no type for it': [
        'queued',
        'sending',
        'receiving',
        'received',
        'accepted',
        'scheduled',
        'partially_delivered',
        'canceled',
      ],
    },
  }),
];

/** The enums of products that are counted here which no label is made of, by how their names look. */
const NO_LABEL: readonly (readonly [name: RegExp, why: string])[] = [
  [/_update_status$/, 'what a user may ask for'],
  [/^api_v2010\.(?:account|conference|participant|payments)_enum_status$/, RESOURCE],
  [/^api_v2010\.call_enum_event$/, 'which callbacks a user asks for; they tell a status'],
  [/emergency/, 'no callback'],
  [/add_on_result/, 'no callback'],
  [/^conversations_v1\..*_state$/, 'told by onConversationStateUpdated, which counts as that event'],
  [/reservation_enum_(?:call_status|conference_event)$/, 'which callbacks an instruction asks for'],
  [/^video_v1\./, 'states of resources; callbacks tell events, which have other names'],
  [/^numbers_v2\.(?:authorization_document|.*hosted_number_order)/, 'hosted numbers are not counted'],
  [
    /^(?:numbers_v2|trusthub_v1)\..*(?:evaluation|supporting_document|tollfree_inquiry)/,
    'no callback of a bundle tells it',
  ],
  [/^verify_v2\.(?:.*factor|challenge|webhook)/, 'push and TOTP: their webhook is not documented'],
  [/^verify_v2\.verification_attempt_enum_/, 'how attempts went is told by no event that is documented'],
];
const COUNTED_SPECS = [
  'api_v2010',
  'conversations_v1',
  'taskrouter_v1',
  'video_v1',
  'numbers_v2',
  'trusthub_v1',
  'verify_v2',
];

const theirValues = (names: readonly string[]) =>
  new Set(
    names.flatMap((name) => {
      const [spec = '', key = ''] = name.split('.');
      const found = enums[spec]?.[key];
      if (!found) throw new Error(`${name} is no enum`);
      return found;
    }),
  );

describe("the metric table: Twilio's own enums", () => {
  for (const { ours, values, theirs, lacks = {}, more = {} } of COMPARED) {
    const told = Object.entries(lacks).map(([why, which]) => `lacks ${which.join(', ')} (${why})`);
    it(`${ours}: ${told.join('; ') || 'lacks nothing'}`, () => {
      const known = theirValues(theirs);
      expect([...known].filter((value) => !values.includes(value))).to.have.members(Object.values(lacks).flat());
      expect(values.filter((value) => !known.has(value))).to.have.members(Object.values(more).flat());
    });
  }

  it('every enum of a product that is counted here is compared, or there is a reason', () => {
    const compared = new Set(COMPARED.flatMap(({ theirs }) => theirs));
    const all = COUNTED_SPECS.flatMap((spec) => Object.keys(enums[spec]!).map((name) => `${spec}.${name}`));
    const open = all.filter((name) => !compared.has(name) && !NO_LABEL.some(([pattern]) => pattern.test(name)));
    expect(open).to.deep.equal([]);
    for (const [pattern] of NO_LABEL) {
      expect(
        all.some((name) => pattern.test(name)),
        String(pattern),
      ).to.equal(true);
    }
  });
});
