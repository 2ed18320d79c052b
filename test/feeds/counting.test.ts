import { expect } from 'chai';
import { METRICS, row } from '../../instrumentation/metrics.ts';
import { prometheusName } from '../../instrumentation/names.ts';
import { EVENT_ROWS } from '../../src/families/events.ts';
import type { FormFeed } from '../../src/feeds/feed.ts';
import { FEEDS } from '../../src/feeds/index.ts';
import { familyOf, shortKey } from '../../src/ledger/keys.ts';
import { Rejection } from '../../src/rejection.ts';
import { play, read } from '../families/play.ts';
import { FORM_CASES, identityOf } from '../receive/forms/good.ts';
import { samples } from '../samples.ts';

const feedOf = (name: string) => FEEDS.find((feed) => feed.name === name) as FormFeed;
const BODIES = new Map(
  ['other/products.json', 'other/form.json'].flatMap((file) => samples(file)).map(({ name, body }) => [name, body]),
);
const fieldsOf = (sample: string) => Object.fromEntries(new URLSearchParams(BODIES.get(sample)));

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
  it('a copy that says which copy it is counts once all the same', () => {
    const added = fieldsOf('conversations.onMessageAdded');
    const { duplicates } = play(feedOf('conversations'), [added, { ...added, RetryCount: '1' }]);
    expect(duplicates).to.equal(1);
  });

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

describe('feeds: every row of those that only count', () => {
  for (const each of EVENT_ROWS) {
    const { sample } = FORM_CASES.find(({ name }) => name === each.name)!;
    const good: Readonly<Record<string, string>> = Object.fromEntries(sample);
    const [sid, , ...others] = identityOf(each, sample);
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
