import { expect } from 'chai';
import { hasAny, Statuses } from '../../src/families/statuses.ts';

describe('families: statuses as bits', () => {
  const statuses = new Statuses(['a', 'b', 'other']);

  it('are positions in the list', () => {
    expect([statuses.bit('a'), statuses.bit('b'), statuses.bit('other')]).to.deep.equal([1, 2, 4]);
    expect(statuses.bits('a', 'other')).to.equal(5);
  });

  it('are seen or not', () => {
    const record = { seen: 5, firstAtMs: 0, lastAtMs: 0 };
    expect([hasAny(record, 1), hasAny(record, 2), hasAny(record, 6), hasAny(undefined, 7)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
  });

  it('fit into the record, or the program does not start', () => {
    const many = Array.from({ length: 32 }, (_, i) => `status ${i}`);
    expect(() => new Statuses(many)).to.throw('31');
    expect(new Statuses(many.slice(1)).bit('status 31')).to.equal(2 ** 30);
  });
});
