import { expect } from 'chai';
import type { MetricRow } from '../../instrumentation/metrics.ts';
import { difference, plus, type Total, withEmptyHistograms } from '../../instrumentation/totals.ts';

const COUNTER: MetricRow = { name: 'a.b', kind: 'counter', unit: '{x}', help: 'x', labels: {} };
const HISTOGRAM: MetricRow = { ...COUNTER, kind: 'histogram', buckets: [1, 5] };

describe('totals', () => {
  it('of a counter are a sum', () => {
    expect(plus(plus(undefined, COUNTER, 1), COUNTER, 2)).to.deep.equal({ sum: 3 });
  });

  it('of a histogram count each value in its bucket, a boundary belonging to the bucket below it', () => {
    const total = [0.5, 1, 1.1, 5, 6].reduce<Total | undefined>((sum, value) => plus(sum, HISTOGRAM, value), undefined);
    expect(total).to.deep.equal({ count: 5, sum: 13.6, counts: [2, 2, 1], boundaries: [1, 5] });
  });

  it('are values: adding leaves the old one as it was', () => {
    const before = Object.freeze(plus(undefined, HISTOGRAM, 1));
    plus(before, HISTOGRAM, 2);
    expect(before).to.deep.include({ count: 1, counts: [1, 0, 0] });
  });

  it('subtract, so that base + instruments is the ledger', () => {
    const values = (list: number[]) =>
      list.reduce<Total | undefined>((sum, value) => plus(sum, HISTOGRAM, value), undefined)!;
    const whole = values([1, 2, 4, 8]);
    expect(difference(whole, values([4, 8]))).to.deep.equal(values([1, 2]));
    expect(difference(whole, undefined)).to.deep.equal(whole);
    expect(difference({ sum: 5 }, { sum: 2 })).to.deep.equal({ sum: 3 });
  });

  it('begin with a 0 for each histogram that is kept and has no labels, and leave what was counted', () => {
    const ring: Total = { count: 1, sum: 3, counts: [0, 1], boundaries: [1] };
    const all = withEmptyHistograms(new Map<string, Total>([['twilio.call.ring.duration', ring]]));
    expect(all.get('twilio.call.ring.duration')).to.equal(ring);
    expect(all.get('twilio.call.duration')).to.include({ count: 0, sum: 0 });
    expect([...all.keys()].sort()).to.deep.equal([
      'twilio.call.duration',
      'twilio.call.ring.duration',
      'twilio.message.carrier.duration',
      'twilio.message.delivery.duration',
      'twilio.message.queue.duration',
    ]);
  });
});
