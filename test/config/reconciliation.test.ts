import { expect } from 'chai';
import { load, problems } from './room.ts';

const ON = 'receivers.twilio_api.reconciliation.enabled=true';

const HOUR = 3_600_000;

describe('config: reconciliation', () => {
  it('is off unless asked for, and then asks as Twilio advises: after twelve hours and once a day, within a budget', () => {
    expect(load({}).receivers.twilio_api.reconciliation).to.deep.equal({
      enabled: false,
      delay: 12 * HOUR,
      again_after: 72 * HOUR,
      interval: 24 * HOUR,
      initial_delay: 5_000,
      pages_per_hour: 360,
      timeout: 30_000,
      backfill: false,
    });
  });

  const forgotten = (key: string) =>
    `receivers.twilio_api.reconciliation.${key}: and interval together must be less than extensions.file_storage.window: what is forgotten cannot be compared`;
  const SOONER = 'receivers.twilio_api.reconciliation.again_after: must be more than delay, or 0s for no second look';
  const delay = (value: string) => `receivers.twilio_api.reconciliation.delay=${value}`;
  const again = (value: string) => `receivers.twilio_api.reconciliation.again_after=${value}`;
  const CASES: [name: string, sets: readonly string[], expected: readonly string[]][] = [
    ['a delay that the ledger outlives', [ON, again('0s'), delay('143h')], []],
    ['a delay as long as the window', [ON, again('0s'), delay('6d')], [forgotten('delay')]],
    ['a window as short as the delay', [ON, again('0s'), 'extensions.file_storage.window=36h'], [forgotten('delay')]],
    ['a second look that the ledger outlives', [ON, again('143h')], []],
    ['a second look after the window', [ON, again('6d')], [forgotten('again_after')]],
    ['a second look before the first', [ON, again('12h')], [SOONER]],
    ['the same where it is off', [delay('7d'), again('1h')], []],
  ];
  for (const [name, sets, expected] of CASES) {
    it(`${name}: ${expected.length === 0 ? 'is fine' : 'is refused'}`, () => {
      expect(problems({}, [], sets)).to.deep.equal(expected);
    });
  }
});
