import { expect } from 'chai';
import {
  afterPage,
  type Cursor,
  keepCursor,
  nextStretch,
  notBefore,
  readCursor,
} from '../../../src/twilio-api/reconciliation/cursor.ts';

const NOON = Date.UTC(2026, 9, 14, 12);
const HOUR = 3_600_000;
const at = (seconds: number) => NOON + seconds * 1_000;
const stretch = (fromS: number, untilS: number, downToS = untilS - 1) => ({
  fromMs: at(fromS),
  untilMs: at(untilS),
  downToMs: at(downToS),
});

describe('reconciliation: the cursor', () => {
  it('takes what has settled in whole seconds, an hour at a time', () => {
    expect(nextStretch({ doneMs: at(0) }, at(10) + 900)).to.deep.equal(stretch(0, 10));
    expect(nextStretch({ doneMs: at(0) }, at(0) + 900)).to.equal(undefined);
    expect(nextStretch({ doneMs: at(0) }, at(-5))).to.equal(undefined);
    expect(nextStretch({ doneMs: at(0) }, at(0) + 5 * HOUR)).to.deep.equal(stretch(0, 3_600));
  });

  it('ends a stretch that is under way before it takes another', () => {
    const underWay = stretch(0, 60, 30);
    expect(nextStretch({ doneMs: at(0), stretch: underWay }, at(900))).to.deep.equal(underWay);
  });

  const PAGES: [name: string, last: boolean, expected: Cursor][] = [
    ['a page in the middle', false, { doneMs: at(0), stretch: stretch(0, 60, 20) }],
    ['the last page', true, { doneMs: at(60) }],
  ];
  for (const [name, last, expected] of PAGES) {
    it(`after ${name} it is kept, and read back the same`, () => {
      const kept = keepCursor('message:AC', afterPage(stretch(0, 60, 30), at(20), last)).reduce(undefined);
      if (kept === 'duplicate') throw new Error('it was not kept');
      let found: Cursor | undefined;
      const read = readCursor('message:AC', (cursor) => (found = cursor));
      expect(read.reduce(kept.next)).to.equal('duplicate');
      expect(found).to.deep.equal(expected);
      expect(kept.increments).to.deep.equal([]);
    });
  }

  it('never goes back', () => {
    const kept = keepCursor('message:AC', { doneMs: at(60) }).reduce(undefined);
    if (kept === 'duplicate') throw new Error('it was not kept');
    expect(keepCursor('message:AC', { doneMs: at(59) }).reduce(kept.next)).to.equal('duplicate');
    expect(keepCursor('message:AC', { doneMs: at(60) }).reduce(kept.next)).not.to.equal('duplicate');
  });

  const FLOORS: [name: string, cursor: Cursor, floorS: number, expected: Cursor][] = [
    ['what is remembered stays', { doneMs: at(0) }, -1, { doneMs: at(0) }],
    ['what is forgotten goes', { doneMs: at(0) }, 10, { doneMs: at(11) }],
    [
      'the beginning of a stretch goes',
      { doneMs: at(0), stretch: stretch(0, 60, 30) },
      10,
      { doneMs: at(11), stretch: { ...stretch(0, 60, 30), fromMs: at(11) } },
    ],
    ['what of a stretch is left is forgotten', { doneMs: at(0), stretch: stretch(0, 60, 30) }, 40, { doneMs: at(60) }],
    ['all of a stretch is forgotten', { doneMs: at(0), stretch: stretch(0, 60, 30) }, 90, { doneMs: at(91) }],
  ];
  for (const [name, cursor, floorS, expected] of FLOORS) {
    it(`where the ledger has forgotten: ${name}`, () => {
      expect(notBefore(cursor, at(floorS))).to.deep.equal(expected);
    });
  }
});
