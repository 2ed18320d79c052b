import { expect } from 'chai';
import fc from 'fast-check';
import { parseTime } from '../../../src/feeds/reading/fields.ts';

describe('feeds: times as Twilio writes them', () => {
  const cases: readonly (readonly [name: string, text: string])[] = [
    ['the last second of a day', 'Wed, 28 Oct 2026 23:59:59 +0000'],
    ['a day of one digit', '1 Jan 2026 00:00:00 GMT'],
    ['no day of the week and no seconds', '14 Oct 2026 12:03 UTC'],
    ['the last day of a long month', 'Sat, 31 Oct 2026 12:03:01 +0000'],
    ['a day that its month lacks', '30 Feb 2026 12:03:01 +0000'],
    ['the first leap day of a century', '29 Feb 2000 12:03:01 +0000'],
    ['no day', '00 Oct 2026 12:03:01 +0000'],
    ['hour 24', '14 Oct 2026 24:00:00 +0000'],
    ['second 60', '14 Oct 2026 12:03:60 +0000'],
    ['a month that is none', '14 Xyz 2026 12:03:01 +0000'],
    ['a year of long ago', '14 Oct 0026 12:03:01 +0000'],
    ['another zone', '14 Oct 2026 12:03:01 -0730'],
  ];
  for (const [name, text] of cases) {
    it(`${name}: as Date reads it`, () => {
      expect(parseTime(text)).to.deep.equal(Date.parse(text));
    });
  }

  it('any second since 1970: as Date reads it', () => {
    const last = Date.UTC(2100) / 1_000;
    fc.assert(
      fc.property(fc.nat(last), fc.constantFrom('GMT', '+0000', '+0200', 'UTC'), (second, zone) => {
        const text = new Date(second * 1_000).toUTCString().replace('GMT', zone);
        expect(parseTime(text)).to.equal(Date.parse(text));
      }),
    );
  });
});
