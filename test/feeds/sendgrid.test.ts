import { expect } from 'chai';
import fc from 'fast-check';
import { sendgrid } from '../../src/feeds/sendgrid.ts';
import { familyOf, shortKey } from '../../src/ledger/keys.ts';
import { Rejection } from '../../src/rejection.ts';
import { playChanges, RECEPTION } from '../families/play.ts';

type Json = Readonly<Record<string, unknown>>;

const event = (more: Json = {}): Json => ({
  email: 'a@example.com',
  event: 'delivered',
  sg_event_id: 'ZGVsaXZlcmVkLTAtMTIzNDU2NzgtYQ',
  timestamp: 1_791_979_392,
  ...more,
});
const read = (...events: readonly unknown[]) => sendgrid.read(events, RECEPTION);
const changesOf = (events: readonly unknown[]) =>
  read(...events).flatMap((reading) => (reading instanceof Rejection ? [] : reading.changes));
const totals = (...events: readonly unknown[]) => playChanges(changesOf(events)).totals;
const reason = (value: unknown) => {
  const [reading] = read(value);
  return reading instanceof Rejection ? reading.reason : 'none';
};

const EVENT = (name: string) => ({ [`twilio.email.event{"event":"${name}"}`]: 1 });
const BOUNCED = (classification: string) => ({
  ...EVENT('bounce'),
  [`twilio.emails.bounced{"classification":"${classification}"}`]: 1,
});

describe('feeds: an event of SendGrid', () => {
  const COUNTED: readonly (readonly [name: string, more: Json, counted: Readonly<Record<string, number>>])[] = [
    ...[
      'processed dropped delivered deferred open click spamreport unsubscribe',
      'group_unsubscribe group_resubscribe account_status_change',
    ].flatMap((names) => names.split(' ').map((name) => [name, { event: name }, EVENT(name)] as const)),
    ['processed, with the capital letter that it once had', { event: 'Processed' }, EVENT('processed')],
    ['one that is new', { event: 'teleported' }, EVENT('other')],
    ['one that is called other', { event: 'other' }, EVENT('other')],
    ['a bounce that says nothing more', { event: 'bounce' }, BOUNCED('unknown')],
    ['a bounce of a class that is new', { event: 'bounce', bounce_classification: 'Bad Mood' }, BOUNCED('other')],
    ['a bounce of no class at all', { event: 'bounce', bounce_classification: '' }, BOUNCED('unknown')],
    [
      'a bounce that was blocked',
      { event: 'bounce', type: 'blocked', bounce_classification: 'Reputation' },
      BOUNCED('reputation'),
    ],
    [
      'a class that is no class of an object',
      { event: 'bounce', bounce_classification: 'constructor' },
      BOUNCED('other'),
    ],
    ['a delivery with a class', { bounce_classification: 'Content' }, EVENT('delivered')],
    ['times and attempts as text', { timestamp: '1791979392', attempt: '5', event: 'deferred' }, EVENT('deferred')],
    ['a time in milliseconds', { timestamp: 1_791_979_392_372 }, EVENT('delivered')],
    ['a time of long ago, and one that is none', { timestamp: -1 }, EVENT('delivered')],
    ['an id of 500 characters', { sg_event_id: 'Z'.repeat(500) }, EVENT('delivered')],
    ['custom arguments of any form', { order: '4711', nested: { a: [1, null] }, constructor: 1 }, EVENT('delivered')],
    [
      'an event of the account, which has no address',
      { email: undefined, event: 'account_status_change', type: 'compliance_ban' },
      EVENT('account_status_change'),
    ],
    ['no id, but whose it is and when', { sg_event_id: undefined, event: 'unsubscribe' }, EVENT('unsubscribe')],
  ];
  for (const [name, more, counted] of COUNTED) {
    it(`${name}: counts`, () => {
      expect(totals(event(more))).to.deep.equal(counted);
      expect(totals(event(more), event(more))).to.deep.equal(counted);
    });
  }

  /** As the events have them and as the statistics have them. */
  const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
    invalid_address: ['Invalid Address', 'invalid address'],
    technical: ['Technical', 'Technical Failure'],
    content: ['Content'],
    reputation: ['Reputation'],
    frequency_volume: ['Frequency/Volume', 'Frequency or Volume Too High', 'FREQUENCY / VOLUME'],
    mailbox_unavailable: ['Mailbox Unavailable'],
    unclassified: ['Unclassified'],
  };
  for (const [folded, spellings] of Object.entries(SPELLINGS)) {
    for (const bounce_classification of spellings) {
      it(`${bounce_classification} is ${folded}`, () => {
        expect(totals(event({ event: 'bounce', bounce_classification }))).to.deep.equal(BOUNCED(folded));
      });
    }
  }

  const REFUSED: readonly (readonly [name: string, value: unknown, reason: string])[] = [
    ['nothing', null, 'malformed_json'],
    ['a number', 7, 'malformed_json'],
    ['a text', 'delivered', 'malformed_json'],
    ['an empty object', {}, 'malformed_json'],
    ['a list of keys and values, as SendGrid once sent', [{ Key: 'event', Value: 'processed' }], 'malformed_json'],
    ['no event', event({ event: undefined }), 'missing_field'],
    ['an event that is a list', event({ event: ['open'] }), 'invalid_field'],
    ['an event with control characters', event({ event: 'op\u0000en' }), 'invalid_field'],
    ['an id that is an object', event({ sg_event_id: {} }), 'invalid_field'],
    ['an id with a line break', event({ sg_event_id: 'a\n' }), 'invalid_field'],
    ['neither id nor address', event({ sg_event_id: '', email: null }), 'missing_field'],
    ['neither id nor time', event({ sg_event_id: null, timestamp: null }), 'missing_field'],
    ['a class that is a list', event({ event: 'bounce', bounce_classification: ['Content'] }), 'invalid_field'],
  ];
  for (const [name, value, want] of REFUSED) {
    it(`${name}: ${want}`, () => {
      expect(reason(value)).to.equal(want);
    });
  }

  it('of a test of the settings page is not counted, and told', () => {
    const [reading] = read(event({ 'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>' }));
    expect(reading).to.deep.include({ changes: [], ignored: true });
    expect(totals(event({ 'smtp-id': '<14c5d75ce93.dfd.64b470@ismtpd-555>' }))).to.deep.equal(EVENT('delivered'));
  });

  it('without an id is the same one whether its time is a text or a number, and another one at another time', () => {
    const old = (timestamp: unknown) => event({ sg_event_id: undefined, event: 'Unsubscribe', timestamp });
    expect(totals(old(1_791_979_392), old('1791979392'), old(1_791_979_393))).to.deep.equal({
      'twilio.email.event{"event":"unsubscribe"}': 2,
    });
  });

  it('has a key of its own kind, in which nobody is named', () => {
    const [change] = changesOf([event({ sg_event_id: undefined })]);
    const short = shortKey(change!.key);
    expect(familyOf(short)).to.equal('email');
    expect(short).to.have.length(17);
    expect(Buffer.from(short, 'latin1').toString()).to.not.include('example');
  });
});

describe('feeds: batches of SendGrid add up to the same', () => {
  const names = ['processed', 'delivered', 'bounce', 'open', 'spamreport', 'teleported'];
  const facts = fc.uniqueArray(
    fc.record({
      event: fc.constantFrom(...names),
      sg_event_id: fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }),
      bounce_classification: fc.constantFrom('Content', 'Technical Failure', undefined),
    }),
    { selector: ({ sg_event_id }) => sg_event_id, maxLength: 12 },
  );

  it('in any order, with any copies, and cut into batches in any way', () => {
    const sent = facts.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2, maxLength: events.length * 2 }),
        fc.array(fc.nat(24), { maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(sent, ([events, shuffled, cuts]) => {
        const batches: (typeof events)[] = [];
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), shuffled.length]) {
          batches.push(shuffled.slice(from, to));
          from = Math.max(from, to);
        }
        const played = playChanges(batches.flatMap((batch) => changesOf(batch)));
        expect(played.totals).to.deep.equal(totals(...events));
        expect(played.duplicates).to.equal(events.length);
      }),
    );
  });
});
