import { expect } from 'chai';
import { hasAny, Statuses } from '../../src/families/statuses.ts';

describe('families: statuses as bits', () => {
  const statuses = new Statuses(['a', 'b', 'other']);

  it('are positions in the list', () => {
    expect([statuses.bit('a'), statuses.bit('b'), statuses.bit('other')]).to.deep.equal([1, 2, 4]);
    expect(statuses.bits('a', 'other')).to.equal(5);
  });

  it('are seen or not', () => {
    const record = { seen: 5, times: [] };
    expect([hasAny(record, 1), hasAny(record, 2), hasAny(record, 6), hasAny(undefined, 7)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
  });

  it('fit into the record, or the program does not start', () => {
    const many = Array.from({ length: 25 }, (_, i) => `status ${i}`);
    expect(() => new Statuses(many)).to.throw('24');
    expect(new Statuses(many.slice(1)).bit('status 24')).to.equal(2 ** 23);
  });
});
