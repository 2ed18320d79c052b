import { expect } from 'chai';
import { METRICS } from '../../instrumentation/metrics.ts';
import { ERROR_CODES, errorCategory } from '../../instrumentation/sets/error-codes.ts';
import { message } from '../../src/feeds/message.ts';
import { type Fields, keyOf, permutations, play } from './play.ts';

const SID = `SM${'b2'.repeat(16)}`;
const of = (status: string, more: Fields = {}): Fields => ({ MessageSid: SID, MessageStatus: status, ...more });
const callback = (status: string) => `twilio.message.callback{"status":"${status}"}`;
const failed = (code: string) => `twilio.messages.failed{"error_code":"${code}"}`;
const failedBy = (category: string) => `twilio.messages.failed_by_category{"error_category":"${category}"}`;
/** One failed message: counted by its code and by the category of that. */
const failure = (code: string) => ({ [failed(code)]: 1, [failedBy(errorCategory(code))]: 1 });
const DELIVERED = 'twilio.messages.delivered';
const CONTRADICTION = 'twilio.agent.contradictions{"family":"message"}';

// The bits of records on disk are positions in this list: append only.
const ON_DISK = [
  'accepted',
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'canceled',
  'read',
  'receiving',
  'received',
  'partially_delivered',
  'other',
];

describe('message: statuses', () => {
  it('keep the positions that records on disk name', () => {
    expect(METRICS.messageCallback.labels.status.values.slice(0, ON_DISK.length)).to.deep.equal(ON_DISK);
  });

  for (const [position, status] of ON_DISK.entries()) {
    it(`${status} counts once as itself, and is remembered as bit ${position}`, () => {
      const sent = status === 'other' ? 'brand_new' : status;
      const { totals, record, duplicates } = play(message, [of(sent), of(sent), of(sent)]);
      expect(totals[callback(status)]).to.equal(1);
      expect(duplicates).to.equal(2);
      expect(record?.seen).to.equal(1 << position);
    });
  }

  for (const odd of ['Delivered', 'delivered ', ' sent', 'deliver', 'no-answer', '42', 'constructor', '__proto__']) {
    it(`"${odd}" is other`, () => {
      expect(play(message, [of(odd)]).totals).to.deep.equal({ [callback('other')]: 1 });
    });
  }

  it('that nobody knows are one per message, however many there are', () => {
    const { totals, duplicates } = play(
      message,
      ['a', 'b', 'c'].map((status) => of(status)),
    );
    expect(totals).to.deep.equal({ [callback('other')]: 1 });
    expect(duplicates).to.equal(2);
  });
});

describe('message: lifecycles, in every order', () => {
  const cases: readonly (readonly [string, readonly Fields[], Readonly<Record<string, number>>])[] = [
    [
      'a message that is delivered and read',
      ['queued', 'sending', 'sent', 'delivered', 'read'].map((status) => of(status)),
      { [DELIVERED]: 1 },
    ],
    ['a message that the carrier refuses', [of('sent'), of('undelivered', { ErrorCode: '30003' })], failure('30003')],
    [
      'a message that fails twice for one reason',
      [of('sent'), of('failed', { ErrorCode: '30008' }), of('undelivered', { ErrorCode: '30008' })],
      failure('30008'),
    ],
    [
      'a delivery that the carrier takes back',
      [of('sent'), of('delivered'), of('undelivered', { ErrorCode: '30005' })],
      { [DELIVERED]: 1, ...failure('30005'), [CONTRADICTION]: 1 },
    ],
    [
      'a message reported delivered and failed in both ways',
      [of('delivered'), of('undelivered', { ErrorCode: '30005' }), of('failed', { ErrorCode: '30005' })],
      { [DELIVERED]: 1, ...failure('30005'), [CONTRADICTION]: 1 },
    ],
    ['a scheduled message that is cancelled', [of('scheduled'), of('canceled')], {}],
  ];
  for (const [name, lifecycle, outcomes] of cases) {
    it(`${name}: the same totals`, () => {
      const expected: Record<string, number> = { ...outcomes };
      for (const { MessageStatus } of lifecycle) expected[callback(MessageStatus!)] = 1;
      for (const order of permutations(lifecycle)) {
        const statuses = order.map(({ MessageStatus }) => MessageStatus).join(', ');
        // Each order twice, as when every callback is retried.
        const { totals, duplicates } = play(message, [...order, ...order]);
        expect(totals, statuses).to.deep.equal(expected);
        expect(duplicates, statuses).to.equal(lifecycle.length);
      }
    });
  }

  it('the first failure names the code, whichever it is', () => {
    const lifecycle = [of('failed', { ErrorCode: '30008' }), of('undelivered', { ErrorCode: '30003' })];
    expect(play(message, lifecycle).totals).to.include(failure('30008')).and.not.have.property(failed('30003'));
    expect(play(message, lifecycle.toReversed()).totals)
      .to.include(failure('30003'))
      .and.not.have.property(failed('30008'));
  });
});

describe('message: error codes', () => {
  const cases: readonly (readonly [given: string | undefined, label: string])[] = [
    ['30003', '30003'],
    ['63016', '63016'],
    [undefined, 'unknown'],
    ['', 'unknown'],
    ['0', 'unknown'],
    ['030003', 'other'],
    ['30003 ', 'other'],
    [' 30003', 'other'],
    ['-30003', 'other'],
    ['00', 'other'],
    ['3', 'other'],
    ['9'.repeat(30), 'other'],
    ['Unreachable destination handset', 'other'],
    ['constructor', 'other'],
    ['unknown', 'other'],
  ];
  for (const [given, label] of cases) {
    it(`${given === undefined ? 'none' : JSON.stringify(given)} is ${label}`, () => {
      const { totals } = play(message, [of('failed', given === undefined ? {} : { ErrorCode: given })]);
      expect(totals).to.include({ [callback('failed')]: 1, [failed(label)]: 1 });
      expect(Object.values(totals), 'and by category').to.deep.equal([1, 1, 1]);
    });
  }

  it('of the dictionary all stand for themselves, and are digits only', () => {
    expect(ERROR_CODES.size).to.be.greaterThan(500);
    for (const code of ERROR_CODES) expect(code).to.match(/^[1-9]\d{2,5}$/);
    expect(METRICS.messagesFailed.labels.error_code.values).to.include.members([...ERROR_CODES]);
  });
});

describe('message: parsing', () => {
  it('names the key by the SID', () => {
    expect(keyOf(message, of('sent'))).to.equal(`message:${SID}`);
    expect(message.name).to.equal('message');
  });

  it('takes MM as well as SM', () => {
    const sid = `MM${'0f'.repeat(16)}`;
    expect(keyOf(message, { MessageSid: sid, MessageStatus: 'sent' })).to.equal(`message:${sid}`);
  });
});
