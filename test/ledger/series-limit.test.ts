import { expect } from 'chai';
import { observe } from '../../instrumentation/increments.ts';
import { requestedOf } from '../../instrumentation/requested.ts';
import { SeriesCounts } from '../../src/ledger/series-counts.ts';
import { admit, overflow } from '../../src/ledger/series-limit.ts';

describe('ledger: a metric that has as many series as it may have', () => {
  const NAME = 'twilio.message.delivery.duration';
  // Countries of this test alone: what was counted in this process before is known by more than the ledger.
  const ids = ['ZX', 'ZY', 'ZZ'].map((country) => `${NAME}${JSON.stringify({ country })}`);
  const counts = new SeriesCounts();
  for (const id of ids) counts.add(id);
  const limit = { known: { has: (id: string) => ids.includes(id), counts }, maxSeries: 4 };
  const of = (country: string) => ({ ...observe('messageDeliveryDuration', 1), requested: requestedOf({ country }) });

  it('keeps those that only the ledger knows, from before a restart, and nothing overflows', () => {
    const admitted = admit(of('ZZ'), limit);
    expect(admitted.id).to.equal(ids[2]);
    expect(overflow(of('ZZ'), admitted)).to.equal(undefined);
  });

  it('takes no other one: its labels are other, which is counted', () => {
    const admitted = admit(of('ZW'), limit);
    expect(admitted.labels).to.deep.equal({ country: 'other' });
    expect(overflow(of('ZW'), admitted)?.series.labels).to.deep.equal({
      metric: 'twilio_message_delivery_duration_seconds',
    });
  });
});
