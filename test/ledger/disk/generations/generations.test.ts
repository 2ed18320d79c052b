import { expect } from 'chai';
import { hashKey, KeyFilter } from '../../../../src/ledger/disk/generations/filter.ts';
import {
  decodeGenerations,
  Generations,
  generation,
  generationLimits,
} from '../../../../src/ledger/disk/generations/generations.ts';

const LIMITS = { entries: 3, spanMs: 100 };

function filterOf(...keys: string[]): KeyFilter {
  const filter = new KeyFilter();
  for (const key of keys) filter.add(hashKey(key));
  return filter;
}

const two = () =>
  new Generations([
    generation(1, 0, 90, filterOf('message:old')),
    generation(2, 100, 150, filterOf('message:a', 'call:b')),
  ]);

describe('ledger: generations', () => {
  const rows: readonly (readonly [name: string, more: number, nowMs: number, id: number])[] = [
    ['one more fits', 1, 150, 2],
    ['two more do not', 2, 150, 3],
    ['its time is not over', 1, 199, 2],
    ['its time is over', 1, 200, 3],
    ['nothing comes, and its time is over', 0, 200, 3],
    ['the clock went back', 1, 51, 2],
    ['the clock went back by more than its share of the window', 1, 50, 3],
  ];
  for (const [name, more, nowMs, id] of rows) {
    it(`takes records into generation ${id} when ${name}`, () => {
      expect(two().taking(more, nowMs, LIMITS).id).to.equal(id);
    });
  }

  it('leaves an empty generation open, however old it is and however much comes at once', () => {
    const empty = new Generations([generation(1, 0, 0, new KeyFilter())]);
    expect(empty.taking(50, 1_000, LIMITS)).to.equal(empty.current);
  });

  it('names where the record of a key may lie, and nothing for a key that nobody sent', () => {
    expect(two().candidates('message:a')).to.deep.equal(['k\0\0\0\u0002message:a']);
    expect(two().candidates('message:old')).to.deep.equal(['k\0\0\0\u0001message:old']);
    expect(two().candidates('message:new')).to.deep.equal([]);
  });

  it('goes on without those that were emptied and with the one that was opened', () => {
    const generations = two();
    const taking = generations.taking(2, 150, LIMITS);
    const after = generations.with([generations.closed(0)[0]!], taking);
    expect([after.closed(0).map(({ id }) => id), after.current.id]).to.deep.equal([[2], 3]);
    expect(decodeGenerations(after.encode())).to.deep.equal([
      [2, 100, 150],
      [3, 150, 150],
    ]);
  });

  it('lets those go first that are due, by their time, then the rest in the order of opening', () => {
    const ahead = generation(1, 900, 950, filterOf('message:ahead'));
    const now = generation(2, 100, 150, filterOf('message:now'));
    const generations = new Generations([ahead, now, generation(3, 200, 200, new KeyFilter())]);
    // Neither does the one that saw a clock ahead keep the others from expiring, nor does it stay when there is no room.
    expect(generations.closed(1_000)).to.deep.equal([now, ahead]);
    expect(generations.closed(160)).to.deep.equal([now, ahead]);
    expect(generations.closed(0)).to.deep.equal([ahead, now]);
    expect(generations.openedMs).to.equal(100);
  });

  it('divides window and room into sixteen, and never into nothing', () => {
    expect(generationLimits(1_600, 320)).to.deep.equal({ entries: 20, spanMs: 100 });
    expect(generationLimits(5, 5)).to.deep.equal({ entries: 1, spanMs: 1 });
  });
});
