import { expect } from 'chai';
import { load, problems } from './room.ts';

const ON = 'receivers.twilio_api.reconciliation.enabled=true';

describe('config: reconciliation', () => {
  it('is off unless asked for, and then asks half an hour later, within a budget', () => {
    expect(load({}).receivers.twilio_api.reconciliation).to.deep.equal({
      enabled: false,
      delay: 1_800_000,
      interval: 900_000,
      pages_per_hour: 360,
      timeout: 30_000,
      backfill: false,
    });
  });

  const FORGOTTEN =
    'receivers.twilio_api.reconciliation.delay: and interval together must be less than extensions.file_storage.window: what is forgotten cannot be compared';
  const CASES: [name: string, sets: readonly string[], expected: readonly string[]][] = [
    ['a delay that the ledger outlives', [ON, 'receivers.twilio_api.reconciliation.delay=6d'], []],
    ['a delay as long as the window', [ON, 'receivers.twilio_api.reconciliation.delay=7d'], [FORGOTTEN]],
    ['a window as short as the delay', [ON, 'extensions.file_storage.window=45m'], [FORGOTTEN]],
    ['the same where it is off', ['receivers.twilio_api.reconciliation.delay=7d'], []],
  ];
  for (const [name, sets, expected] of CASES) {
    it(`${name}: ${expected.length === 0 ? 'is fine' : 'is refused'}`, () => {
      expect(problems({}, [], sets)).to.deep.equal(expected);
    });
  }
});
