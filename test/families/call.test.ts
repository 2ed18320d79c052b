import { expect } from 'chai';
import { METRICS } from '../../instrumentation/metrics.ts';
import { call } from '../../src/feeds/call.ts';
import { type Fields, keyOf, permutations, play } from './play.ts';

const SID = `CA${'d4'.repeat(16)}`;
const of = (status: string, more: Fields = {}): Fields => ({ CallSid: SID, CallStatus: status, ...more });
const callback = (status: string) => `twilio.call.callback{"status":"${status}"}`;
const failed = (reason: string) => `twilio.calls.failed{"disconnect_reason":"${reason}"}`;
const COMPLETED = 'twilio.calls.completed{"call_status":"completed"}';
const CONTRADICTION = 'twilio.agent.contradictions{"family":"call"}';

// The bits of records on disk are positions in this list: append only.
const ON_DISK = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'no-answer',
  'canceled',
  'failed',
  'other',
];

describe('call: statuses', () => {
  it('keep the positions that records on disk name', () => {
    expect(METRICS.callCallback.labels.status.values.slice(0, ON_DISK.length)).to.deep.equal(ON_DISK);
  });

  for (const [position, status] of ON_DISK.entries()) {
    it(`${status} counts once as itself, and is remembered as bit ${position}`, () => {
      const sent = status === 'other' ? 'answered' : status;
      const { totals, record, duplicates } = play(call, [of(sent), of(sent)]);
      expect(totals[callback(status)]).to.equal(1);
      expect(duplicates).to.equal(1);
      expect(record?.seen).to.equal(1 << position);
    });
  }
});

describe('call: why it ended', () => {
  const cases: readonly (readonly [status: string, codes: readonly (string | undefined)[], reason: string])[] = [
    ['busy', ['486', '600', '200', undefined], 'busy'],
    ['no-answer', ['480', '487', '408', undefined], 'no_answer'],
    ['canceled', ['487', undefined], 'canceled'],
    ['failed', ['404', '410', '484', '485', '604'], 'invalid_number'],
    ['failed', ['401', '403', '407', '603', '607', '608'], 'rejected'],
    ['failed', ['408', '504'], 'timeout'],
    ['failed', ['480'], 'unavailable'],
    ['failed', ['415', '488', '606'], 'media_incompatible'],
    ['failed', ['500', '501', '502', '503', '513', '580', '599'], 'carrier_error'],
    ['failed', [undefined, '', '0', '200', '487', '600', '699', '5000', '50', '5xx', ' 503', 'constructor'], 'failed'],
  ];
  for (const [status, codes, reason] of cases) {
    for (const code of codes) {
      it(`${status} with SIP ${code === undefined ? 'code absent' : JSON.stringify(code)} is ${reason}`, () => {
        const { totals } = play(call, [of(status, code === undefined ? {} : { SipResponseCode: code })]);
        expect(totals).to.deep.equal({ [callback(status)]: 1, [failed(reason)]: 1 });
      });
    }
  }

  it('completed has no reason, whatever its SIP code', () => {
    for (const code of ['200', '404', '503']) {
      const { totals } = play(call, [of('completed', { SipResponseCode: code })]);
      expect(totals).to.deep.equal({ [callback('completed')]: 1, [COMPLETED]: 1 });
    }
  });
});

describe('call: lifecycles, in every order', () => {
  const cases: readonly (readonly [string, readonly Fields[], Readonly<Record<string, number>>])[] = [
    [
      'a call that is answered',
      ['queued', 'initiated', 'ringing', 'in-progress', 'completed'].map((status) => of(status)),
      { [COMPLETED]: 1 },
    ],
    ['a busy line', [of('initiated'), of('ringing'), of('busy', { SipResponseCode: '486' })], { [failed('busy')]: 1 }],
    ['nobody answers', [of('initiated'), of('ringing'), of('no-answer')], { [failed('no_answer')]: 1 }],
    ['the caller gives up', [of('queued'), of('canceled')], { [failed('canceled')]: 1 }],
    [
      'a number that does not exist',
      [of('initiated'), of('failed', { SipResponseCode: '404' })],
      { [failed('invalid_number')]: 1 },
    ],
    [
      'a call reported completed and failed',
      [of('ringing'), of('completed'), of('failed', { SipResponseCode: '503' })],
      { [COMPLETED]: 1, [failed('carrier_error')]: 1, [CONTRADICTION]: 1 },
    ],
  ];
  for (const [name, lifecycle, outcomes] of cases) {
    it(`${name}: the same totals`, () => {
      const expected: Record<string, number> = { ...outcomes };
      for (const { CallStatus } of lifecycle) expected[callback(CallStatus!)] = 1;
      for (const order of permutations(lifecycle)) {
        const { totals, duplicates } = play(call, [...order, ...order]);
        expect(totals, order.map(({ CallStatus }) => CallStatus).join(', ')).to.deep.equal(expected);
        expect(duplicates).to.equal(lifecycle.length);
      }
    });
  }

  it('counts a contradiction once, also with several failures', () => {
    for (const order of permutations([of('completed'), of('busy'), of('no-answer'), of('failed')])) {
      const { totals } = play(call, order);
      expect(totals[CONTRADICTION]).to.equal(1);
      expect(totals[COMPLETED]).to.equal(1);
      const failures = Object.keys(totals).filter((id) => id.startsWith('twilio.calls.failed'));
      expect(failures, 'the first failure decides').to.deep.equal([
        failed(
          { busy: 'busy', 'no-answer': 'no_answer', failed: 'failed' }[
            order.find(({ CallStatus }) => CallStatus !== 'completed')!.CallStatus!
          ]!,
        ),
      ]);
    }
  });
});

describe('call: parsing', () => {
  it('names the key by the SID', () => {
    expect(keyOf(call, of('ringing'))).to.equal(`call:${SID}`);
  });

  it('orders by nothing that it is told: SequenceNumber changes no total', () => {
    const lifecycle = ['ringing', 'in-progress', 'completed'].map((status, i) =>
      of(status, { SequenceNumber: String(9 - i) }),
    );
    expect(play(call, lifecycle).totals).to.deep.equal(
      play(
        call,
        lifecycle.map(({ SequenceNumber: _, ...rest }) => rest),
      ).totals,
    );
  });
});
