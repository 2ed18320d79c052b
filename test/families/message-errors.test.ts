import { expect } from 'chai';
import type { Total } from '../../instrumentation/totals.ts';
import { ErrorCodes, failuresByCategory } from '../../src/families/message-errors.ts';

describe('message errors: codes', () => {
  it('of the dictionary and of the configuration are known', () => {
    const codes = new ErrorCodes(['30760', '777']);
    expect(codes.read('30007')).to.deep.equal({ code: '30007', category: 'blocked' });
    expect(codes.read('30760')).to.deep.equal({ code: '30760', category: 'compliance' });
    expect(codes.read('777')).to.deep.equal({ code: '777', category: 'other' });
  });

  it('that are not known are other, in the category of their range', () => {
    const codes = new ErrorCodes();
    expect(codes.read('30760')).to.deep.equal({ code: 'other', category: 'compliance' });
    expect(codes.read('99999')).to.deep.equal({ code: 'other', category: 'other' });
  });

  it('that Twilio did not send are unknown', () => {
    for (const none of [undefined, '0']) {
      expect(new ErrorCodes().read(none)).to.deep.equal({ code: 'unknown', category: 'other' });
    }
  });

  it('that are not known are named once, and only what can be one of Twilio', () => {
    const named: string[] = [];
    const codes = new ErrorCodes(['30761'], (code) => named.push(code));
    const given = [
      '30760',
      '30760',
      '30761',
      '30007',
      '520041',
      '0',
      '42',
      '1234567',
      '030003',
      '+15005550006',
      'text',
    ];
    for (const text of [...given, ' 30762', '30762\n', undefined]) codes.read(text);
    expect(named).to.deep.equal(['30760', '520041']);
  });

  it('that somebody invents are named a hundred times, and then no more', () => {
    const named: string[] = [];
    const codes = new ErrorCodes([], (code) => named.push(code));
    for (let code = 990_000; code < 992_000; code++) codes.read(String(code));
    expect(named).to.have.length(100);
  });
});

describe('message errors: a ledger without categories', () => {
  const failed = (code: string) => `twilio.messages.failed{"error_code":"${code}"}`;
  const totals = (...entries: [string, number][]): Map<string, Total> =>
    new Map(entries.map(([id, sum]) => [id, { sum }]));
  const inherited = (of: ReadonlyMap<string, Total>) =>
    failuresByCategory(of).map(({ series, value }) => [series.labels['error_category'], value]);

  it('gets each from the codes that it holds', () => {
    const held = totals(
      [failed('30007'), 3],
      ['twilio.messages.delivered', 9],
      [failed('21610'), 2],
      [failed('other'), 1],
    );
    expect(inherited(held)).to.deep.equal([
      ['blocked', 3],
      ['blocked', 2],
      ['other', 1],
    ]);
  });

  it('that has one category has them all: nothing counts twice', () => {
    const held = totals([failed('30007'), 3], ['twilio.messages.failed_by_category{"error_category":"other"}', 1]);
    expect(inherited(held)).to.deep.equal([]);
  });

  it('that is empty gets none', () => expect(inherited(new Map())).to.deep.equal([]));
});
