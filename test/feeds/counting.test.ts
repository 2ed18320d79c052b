import { expect } from 'chai';
import { METRICS, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import type { EventRow, Identity } from '../../src/families/events/row.ts';
import { EVENT_ROWS } from '../../src/families/events.ts';
import type { FormFeed } from '../../src/feeds/feed.ts';
import { FEEDS } from '../../src/feeds/index.ts';
import { familyOf, shortKey } from '../../src/ledger/keys.ts';
import { Rejection } from '../../src/rejection.ts';
import { play, read } from '../families/play.ts';
import { samples } from '../samples.ts';

const feedOf = (name: string) => FEEDS.find((feed) => feed.name === name) as FormFeed;
const BODIES = new Map(
  [...samples('other/products.json'), ...samples('other/form.json')].map(({ name, body }) => [name, body]),
);
const fieldsOf = (sample: string) => Object.fromEntries(new URLSearchParams(BODIES.get(sample)));

/** What each sample counts, by series of the scrape page; nothing where it is dropped. */
const SAMPLES: readonly (readonly [sample: string, feed: string, ...counted: readonly string[]])[] = [
  ['recording.completed', 'recording', 'twilio.recording.callback{"status":"completed"}'],
  ['recording.in-progress', 'recording', 'twilio.recording.callback{"status":"in-progress"}'],
  ['recording.absent', 'recording', 'twilio.recording.callback{"status":"absent"}'],
  ['recording.conference', 'recording', 'twilio.recording.callback{"status":"completed"}'],
  ['recording.unknown-source-extra-field', 'recording', 'twilio.recording.callback{"status":"other"}'],
  ['recording.get-completed', 'recording', 'twilio.recording.callback{"status":"completed"}'],
  ['record-transcription.completed', 'transcription', 'twilio.transcription.callback{"event":"completed"}'],
  ['transcription.recorded-failed', 'transcription', 'twilio.transcription.callback{"event":"failed"}'],
  ['realtime-transcription.content', 'transcription'],
  ['realtime-transcription.content-partial', 'transcription'],
  ['realtime-transcription.stopped', 'transcription', 'twilio.transcription.callback{"event":"stopped"}'],
  ['realtime-transcription.error', 'transcription', 'twilio.transcription.callback{"event":"error"}'],
  ['conference.participant-join', 'conference', 'twilio.conference.callback{"event":"participant-join"}'],
  [
    'conference.participant-leave',
    'conference',
    'twilio.conference.callback{"event":"participant-leave"}',
    'twilio.conference.participants.left{"reason":"participant_hung_up"}',
  ],
  [
    'conference.participant-add-failed',
    'conference',
    'twilio.conference.callback{"event":"participant-leave"}',
    'twilio.conference.participants.left{"reason":"participant_add_failed"}',
  ],
  [
    'conference.end-via-api',
    'conference',
    'twilio.conference.callback{"event":"conference-end"}',
    'twilio.conferences.ended{"reason":"conference-ended-via-api"}',
  ],
  [
    'conference-status.conference-end',
    'conference',
    'twilio.conference.callback{"event":"conference-end"}',
    'twilio.conferences.ended{"reason":"last-participant-left"}',
  ],
  ['conference.announcement-fail', 'conference', 'twilio.conference.callback{"event":"announcement-fail"}'],
  ['conference.unknown-event', 'conference', 'twilio.conference.callback{"event":"other"}'],
  ['amd.human', 'amd', 'twilio.amd.callback{"answered_by":"human"}'],
  ['amd.fax', 'amd', 'twilio.amd.callback{"answered_by":"fax"}'],
  ['amd.machine', 'amd', 'twilio.amd.callback{"answered_by":"machine_start"}'],
  ['amd.unknown', 'amd', 'twilio.amd.callback{"answered_by":"unknown"}'],
  ['amd.new-value-no-duration', 'amd', 'twilio.amd.callback{"answered_by":"other"}'],
  ['stream.started', 'stream', 'twilio.stream.callback{"event":"started"}'],
  ['stream.error', 'stream', 'twilio.stream.callback{"event":"error"}'],
  ['siprec-status.started', 'siprec', 'twilio.siprec.callback{"event":"started"}'],
  ['siprec.stopped', 'siprec', 'twilio.siprec.callback{"event":"stopped"}'],
  ['taskrouter.task-created', 'taskrouter', 'twilio.taskrouter.callback{"event":"task.created"}'],
  [
    'taskrouter.task-completed',
    'taskrouter',
    'twilio.taskrouter.callback{"event":"task.completed"}',
    'twilio.tasks.ended{"outcome":"completed"}',
  ],
  ['taskrouter.reservation-timeout', 'taskrouter', 'twilio.taskrouter.callback{"event":"reservation.timeout"}'],
  ['taskrouter.worker-activity', 'taskrouter', 'twilio.taskrouter.callback{"event":"worker.activity.update"}'],
  ['taskrouter.without-sid', 'taskrouter', 'twilio.taskrouter.callback{"event":"task-queue.entered"}'],
  ['bundle.approved', 'bundle', 'twilio.bundle.callback{"status":"twilio-approved"}'],
  ['siprec.error', 'siprec', 'twilio.siprec.callback{"event":"error"}'],
  ['pay-status.error', 'pay', 'twilio.pay.callback{"error_type":"input-timeout"}'],
  ['pay.step-ok', 'pay', 'twilio.pay.callback{"error_type":"none"}'],
  ['pay.api-session-per-digit', 'pay', 'twilio.pay.callback{"error_type":"none"}'],
  ['pay.new-error', 'pay', 'twilio.pay.callback{"error_type":"invalid-security-code"}'],
  ['video.room-created', 'video', 'twilio.video.callback{"event":"room-created"}'],
  ['video.participant-connected', 'video', 'twilio.video.callback{"event":"participant-connected"}'],
  ['video-room.participant-disconnected', 'video', 'twilio.video.callback{"event":"participant-disconnected"}'],
  ['video.room-ended', 'video', 'twilio.video.callback{"event":"room-ended"}'],
  ['video.recording-completed', 'video', 'twilio.video.callback{"event":"recording-completed"}'],
  ['video.recording-failed', 'video', 'twilio.video.callback{"event":"recording-failed"}'],
  ['video.composition-enqueued-by-hook', 'video', 'twilio.video.callback{"event":"composition-enqueued"}'],
  ['video.composition-available', 'video', 'twilio.video.callback{"event":"composition-available"}'],
  ['video.composition-failed', 'video', 'twilio.video.callback{"event":"composition-failed"}'],
  ['video.hook-failed-without-composition', 'video', 'twilio.video.callback{"event":"composition-hook-failed"}'],
  ['conversations.onMessageAdded', 'conversations', 'twilio.conversations.callback{"event":"onMessageAdded"}'],
  ['conversations.onMessageAdded-retry', 'conversations', 'twilio.conversations.callback{"event":"onMessageAdded"}'],
  ['conversations.onMessageAdded-sms', 'conversations', 'twilio.conversations.callback{"event":"onMessageAdded"}'],
  [
    'conversations.onParticipantAdded-dotted',
    'conversations',
    'twilio.conversations.callback{"event":"onParticipantAdded"}',
  ],
  ['conversations.onUserUpdated', 'conversations', 'twilio.conversations.callback{"event":"onUserUpdated"}'],
  ['conversations.get-onMessageAdded', 'conversations', 'twilio.conversations.callback{"event":"onMessageAdded"}'],
  [
    'conversations.onDeliveryUpdated',
    'conversations',
    'twilio.conversations.callback{"event":"onDeliveryUpdated"}',
    'twilio.conversations.deliveries{"status":"undelivered"}',
  ],
  [
    'conversations.onDeliveryUpdated-read',
    'conversations',
    'twilio.conversations.callback{"event":"onDeliveryUpdated"}',
    'twilio.conversations.deliveries{"status":"read"}',
  ],
  ['sync.document_updated', 'sync', 'twilio.sync.callback{"event":"document_updated"}'],
  ['sync.document_removed-no-data', 'sync', 'twilio.sync.callback{"event":"document_removed"}'],
  ['sync.list_item_added-rest', 'sync', 'twilio.sync.callback{"event":"list_item_added"}'],
  ['sync.list_item_created-other-spelling', 'sync', 'twilio.sync.callback{"event":"list_item_created"}'],
  ['usage-trigger.fired', 'usage-trigger', 'twilio.usage_trigger.callback{"usage_category":"totalprice"}'],
  ['usage-trigger.once', 'usage-trigger', 'twilio.usage_trigger.callback{"usage_category":"sms-outbound"}'],
  ['usage-trigger.new-category', 'usage-trigger', 'twilio.usage_trigger.callback{"usage_category":"other"}'],
];

const refusal = (feed: FormFeed, fields: Readonly<Record<string, string>>): string => {
  try {
    read(feed, fields);
    return 'taken';
  } catch (error) {
    if (error instanceof Rejection) return error.reason;
    throw error;
  }
};

describe('feeds: what only counts distinct events', () => {
  for (const [sample, name, ...counted] of SAMPLES) {
    it(`${sample}: ${counted.join(', ') || 'is answered and leaves nothing'}; twice, it counts once`, () => {
      const fields = fieldsOf(sample);
      const reading = read(feedOf(name), fields);
      if (counted.length === 0) {
        expect(reading).to.deep.include({ changes: [], ignored: true });
        return;
      }
      const once = play(feedOf(name), [fields]);
      expect(once.totals).to.deep.equal(Object.fromEntries(counted.map((id) => [id, 1])));
      const twice = play(feedOf(name), [fields, { ...fields, RetryCount: '1' }]);
      expect(twice.totals).to.deep.equal(once.totals);
      expect(twice.duplicates).to.equal(1);
    });
  }

  it('a conference that is left twice by one call counts both, because the sequence number tells them apart', () => {
    const leave = fieldsOf('conference.participant-leave');
    const { totals } = play(feedOf('conference'), [leave, { ...leave, SequenceNumber: '9' }]);
    expect(totals['twilio.conference.callback{"event":"participant-leave"}']).to.equal(2);
  });

  it('a reason that is not given is unknown, and one that is new is other', () => {
    const end = fieldsOf('conference.end-via-api');
    const { ReasonConferenceEnded: _given, ...without } = end;
    expect(play(feedOf('conference'), [without]).totals).to.include({
      'twilio.conferences.ended{"reason":"unknown"}': 1,
    });
    expect(play(feedOf('conference'), [{ ...end, ReasonConferenceEnded: 'x' }]).totals).to.include({
      'twilio.conferences.ended{"reason":"other"}': 1,
    });
  });

  it('the old callback of a recorded conference lacks what is counted', () => {
    expect(refusal(feedOf('conference'), fieldsOf('conference.legacy-record-end'))).to.equal('missing_field');
    expect(refusal(feedOf('transcription'), fieldsOf('realtime-transcription.error-without-sid'))).to.equal(
      'missing_field',
    );
  });
});

/** The identity of a sample, as its row says it. */
function identityOf(
  { about = [], once = [], label, identity }: EventRow,
  fields: Readonly<Record<string, string>>,
): Identity {
  const text = label.from.map((name) => fields[name]).find(Boolean) ?? '';
  const [, found] = about.find(([begins]) => text.startsWith(begins)) ?? ['', identity];
  const [sids, prefixes, ...others] = found;
  const sid = sids.split('|').find((name) => fields[name])!;
  return once.includes(text) ? [sid, prefixes] : [sid, prefixes, ...others];
}

describe('feeds: every row of those that only count', () => {
  for (const each of EVENT_ROWS) {
    const good = fieldsOf(SAMPLES.find(([, name, ...counted]) => name === each.name && counted.length > 0)![0]);
    const [sid, , ...others] = identityOf(each, good);
    const needed = [sid, ...others.filter((name) => !name.endsWith('?'))].map(
      (name) =>
        name
          .replace('~', '')
          .split('|')
          .find((one) => good[one])!,
    );

    it(`${each.name} counts in a metric with its label alone, and calls it as Twilio calls its route`, () => {
      const metric = row(each.counts);
      expect(prometheusName(metric)).to.equal(`twilio_${each.name.replaceAll('-', '_')}_callback_total`);
      expect(Object.keys(metric.labels)).to.deep.equal([each.label.key]);
      expect(metric).to.include({ durable: true, shownWith: each.name });
      for (const { counts, label } of each.also ?? []) {
        expect(Object.keys(METRICS[counts].labels)).to.deep.equal([label.key]);
        expect(row(counts).shownWith).to.equal(each.name);
      }
      expect(each.docs).to.match(/^https:\/\/www\.twilio\.com\/docs\//);
    });

    it(`${each.name} has short keys of a kind of its own`, () => {
      const [change] = read(feedOf(each.name), good).changes;
      expect(familyOf(shortKey(change!.key))).to.equal(each.name);
    });

    for (const name of needed) {
      it(`${each.name} without ${name} is refused`, () => {
        // A recording that tells of no status is what <Record> asks what to do next, so no more than what is read is sent.
        const { [name]: _absent, RecordingUrl: _url, ...without } = good;
        expect(refusal(feedOf(each.name), without)).to.equal('missing_field');
        expect(refusal(feedOf(each.name), { ...without, [name]: '' })).to.equal('missing_field');
      });
    }

    it(`${each.name} with a SID that is none, of another kind, or with control characters is refused`, () => {
      for (const wrong of ['x', `SM${'0a'.repeat(16)}`, `${good[sid]}0`, `${good[sid]!.slice(0, -1)}F`]) {
        expect(refusal(feedOf(each.name), { ...good, [sid]: wrong }), wrong).to.equal('invalid_sid');
      }
      expect(
        refusal(feedOf(each.name), { ...good, [each.label.from.find((name) => good[name])!]: 'a\u0000b' }),
      ).to.equal('invalid_field');
    });

    it(`${each.name} with a value that is new counts it as other, and says which field it was`, () => {
      const name = each.label.from.find((from) => good[from])!;
      const reading = read(feedOf(each.name), { ...good, [name]: 'brand-new' });
      expect(reading.unknown).to.equal(name);
      expect(play(feedOf(each.name), [{ ...good, [name]: 'brand-new' }]).totals).to.have.property(
        `${row(each.counts).name}{"${each.label.key}":"other"}`,
      );
    });

    if (each.time !== undefined) {
      it(`${each.name} of long ago is refused, because nobody knows whether it was counted`, () => {
        const { time, inSeconds } = each;
        const long = inSeconds ? '1577836800' : '2020-01-01T00:00:00Z';
        expect(refusal(feedOf(each.name), { ...good, [time!]: long })).to.equal('too_old');
        expect(refusal(feedOf(each.name), { ...good, [time!]: 'yesterday' })).to.equal('invalid_field');
      });
    }

    it(`${each.name}: the callback of a message is told that it belongs elsewhere`, () => {
      expect(refusal(feedOf(each.name), { MessageSid: `SM${'0a'.repeat(16)}`, MessageStatus: 'sent' })).to.equal(
        'wrong_feed',
      );
    });
  }
});
