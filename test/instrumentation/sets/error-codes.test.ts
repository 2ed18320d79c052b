import { expect } from 'chai';
import { ADVICE } from '../../../instrumentation/sets/error-codes/advice.ts';
import { KIND_OF_CODES, KIND_OF_RANGES } from '../../../instrumentation/sets/error-codes/assignment.ts';
import { ERROR_KINDS } from '../../../instrumentation/sets/error-codes/kinds.ts';
import {
  ERROR_ACTORS,
  ERROR_CATEGORIES,
  ERROR_CODES,
  type ErrorCategory,
  errorCategory,
  explainError,
} from '../../../instrumentation/sets/error-codes.ts';

describe('error codes: the category', () => {
  const cases: readonly (readonly [what: string, code: string, category: ErrorCategory])[] = [
    ['a phone that is off', '30003', 'delivery'],
    ['filtered by the carrier', '30007', 'blocked'],
    ['the recipient said STOP', '21610', 'blocked'],
    ['an unregistered number of the US', '30034', 'compliance'],
    ['a full queue', '30001', 'capacity'],
    ['WhatsApp outside the 24-hour window', '63016', 'content'],
    ['no sender', '21603', 'config'],
    ['a suspended account', '30002', 'account'],
    ['a country that is not enabled', '21408', 'account'],
    ['a webhook that failed', '11200', 'webhook'],
    ['a callback that was answered with an error', '15003', 'webhook'],
    ['a media stream that failed', '31920', 'media'],
    ['Twilio failed inside', '30500', 'platform'],
    ['a code that only a range knows', '63199', 'delivery'],
    ['an exact code goes before its range: 63018 lies among the channels', '63018', 'capacity'],
    ['the first code of a range', '10000', 'account'],
    ['the last code of a range', '11999', 'webhook'],
    ['behind a range', '17000', 'other'],
    ['six digits', '520009', 'other'],
    ['a code that nobody knows', '99999', 'other'],
    ['the label value of no code', 'unknown', 'other'],
    ['the label value of an unknown code', 'other', 'other'],
    ['no text at all', '', 'other'],
    ['digits with a space', '30003 ', 'other'],
    ['digits with a zero before them', '030003', 'other'],
    ['a number that is no code', '11000.5', 'other'],
    ['the name of a method', 'constructor', 'other'],
  ];
  for (const [what, code, category] of cases) {
    it(`${what} (${JSON.stringify(code)}) is ${category}`, () => expect(errorCategory(code)).to.equal(category));
  }

  it('is one of eleven, for every code of the dictionary, and each of them occurs', () => {
    const found = new Set([...ERROR_CODES].map(errorCategory));
    expect([...found].sort())
      .to.deep.equal(Object.keys(ERROR_CATEGORIES).sort())
      .and.have.length(11);
  });
});

describe('error codes: the tables', () => {
  const assigned = Object.values(KIND_OF_CODES).flatMap((codes) => codes.trim().split(/\s+/));

  it('give each code one kind, and know it in the dictionary or from a callback', () => {
    expect(assigned.length).to.be.greaterThan(290);
    expect(assigned.filter((code, i) => assigned.indexOf(code) !== i)).to.deep.equal([]);
    for (const code of assigned) expect(code).to.match(/^[1-9]\d{2,5}$/);
  });

  it('have ranges that do not overlap', () => {
    const sorted = KIND_OF_RANGES.toSorted((a, b) => a[0] - b[0]);
    expect(sorted.length).to.be.greaterThan(30);
    sorted.forEach(([from, to], i) => {
      expect(to).to.be.at.least(from);
      if (i > 0) expect(from).to.be.greaterThan(sorted[i - 1]![1]);
    });
  });

  it('have one advice for a code, in one short sentence, for codes of the dictionary', () => {
    const codes = ADVICE.map(([code]) => code);
    expect(codes).to.have.length(192);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).to.deep.equal([]);
    for (const [code, actor, , advice] of ADVICE) {
      expect(ERROR_CODES.has(code), code).to.equal(true);
      expect(ERROR_ACTORS, code).to.include(actor);
      expect(advice.length, code).to.be.within(20, 100);
      expect(advice, code).to.match(/[.?]$/);
    }
  });

  it('have kinds that use every category', () => {
    const used = new Set<string>(Object.values(ERROR_KINDS).map(({ category }) => category));
    expect([...used].sort()).to.deep.equal(Object.keys(ERROR_CATEGORIES).sort());
  });
});

describe('error codes: explained', () => {
  it('a code with advice of its own', () => {
    expect(explainError('30001')).to.deep.equal({
      code: '30001',
      category: 'capacity',
      actor: 'developer',
      retry: true,
      advice: 'Queue overflow: send slower, or add senders and raise throughput.',
      url: 'https://www.twilio.com/docs/api/errors/30001',
    });
  });

  it('any other code by its kind', () => {
    expect(explainError('60601')).to.include({ category: 'config', actor: 'developer', retry: false });
  });

  it('a code of no kind: nobody can say who, and whether to try again', () => {
    expect(explainError('80001')).to.include({ category: 'other', actor: 'unknown' }).and.not.have.property('retry');
  });
});
