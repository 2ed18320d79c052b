import { expect } from 'chai';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import { getCountries, getExampleNumber, parsePhoneNumberFromString as parse } from 'libphonenumber-js/max';
import { Numbers } from '../../src/labels/numbers.ts';

/** Numbers as people have them, made up, with the country that they are of. */
const OF_COUNTRIES: readonly (readonly [country: string, ...numbers: string[]])[] = [
  ['US', '12125550123', '14155552671', '13055550188', '18085550100'],
  ['CA', '14165550123', '16045550199', '15145550111', '12045550133'],
  ['JM', '18765550123', '16585550100'],
  ['TT', '18685550123'],
  ['DO', '18095550123', '18295550123', '18495550123'],
  ['BS', '12425550123'],
  ['BB', '12465550123'],
  ['PR', '17875550123', '19395550123'],
  ['MX', '525512345678'],
  ['BR', '5511987654321'],
  ['AR', '5491123456789'],
  ['CO', '573011234567'],
  ['CL', '56961234567'],
  ['GB', '447400123456', '442071234567'],
  ['JE', '447797712345'],
  ['IE', '353850123456'],
  ['FR', '33612345678'],
  ['DE', '4915123456789', '493012345678'],
  ['AT', '43664123456'],
  ['CH', '41781234567'],
  ['IT', '393123456789'],
  ['VA', '390669812345'],
  ['ES', '34612345678'],
  ['PT', '351912345678'],
  ['NL', '31612345678'],
  ['BE', '32470123456'],
  ['SE', '46701234567'],
  ['NO', '4740612345'],
  ['PL', '48512345678'],
  ['RU', '79123456789'],
  ['KZ', '77710009998'],
  ['TR', '905012345678'],
  ['IL', '972502345678'],
  ['AE', '971501234567'],
  ['IN', '919876543210'],
  ['PK', '923012345678'],
  ['ID', '62812345678'],
  ['PH', '639051234567'],
  ['JP', '819012345678'],
  ['CN', '8613123456789'],
  ['AU', '61412345678'],
  ['NZ', '64211234567'],
  ['ZA', '27711234567'],
  ['NG', '2348021234567'],
  ['KE', '254712123456'],
  ['EG', '201001234567'],
];

describe('labels: the country of a number', () => {
  const numbers = new Numbers(parse);
  for (const [country, ...given] of OF_COUNTRIES) {
    it(`${country}: ${given.map((digits) => `+${digits}`).join(' ')}`, () => {
      expect(given.map((digits) => numbers.read(digits).country)).to.deep.equal(given.map(() => country));
    });
  }

  const NOWHERE = [
    ['a code that no country has', '99912345678'],
    ['a number of the whole world', '80012345678'],
    ['an area that North America does not have', '11115550123'],
    ['North America, too short', '1212555'],
    ['North America, too long', '121255501234'],
  ] as const;
  for (const [what, digits] of NOWHERE) {
    it(`other: ${what}`, () => expect(numbers.read(digits).country).to.equal('other'));
  }

  it('the main one of the code, where the number is of a range that the library does not know (yet)', () => {
    const given = ['447700900123', '61000000000', '262999999999'];
    expect(given.map((digits) => numbers.read(digits).country)).to.deep.equal(['GB', 'AU', 'RE']);
    expect(numbers.read('4477009').country).to.equal('other');
  });

  it('is what the library says, for valid numbers of every country, whatever was asked before', () => {
    let seed = 1;
    const digit = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return String(Math.floor((seed / 2_147_483_648) * 10));
    };
    const wrong: string[] = [];
    let compared = 0;
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples)!.number.slice(1);
      for (let i = 0; i < 40; i++) {
        let digits = example.slice(0, example.length - 3 - (i % 3));
        while (digits.length < example.length) digits += digit();
        const asked = parse(`+${digits}`);
        if (!asked?.isValid()) continue;
        compared++;
        if (numbers.read(digits).country !== (asked.country ?? 'other')) wrong.push(`${digits}: ${asked.country}`);
      }
    }
    expect(compared).to.be.greaterThan(5_000);
    expect(wrong).to.deep.equal([]);
  });

  it('asks the library once for all numbers of an area or a range, and forgets when there are too many', () => {
    let asked = 0;
    const counting = new Numbers((number) => {
      asked++;
      return parse(number);
    });
    for (let i = 0; i < 1_000; i++) counting.read(`1212${5_550_000 + i}`);
    for (let i = 0; i < 1_000; i++) counting.read(`44740012${String(i).padStart(4, '0')}`);
    expect(asked).to.be.lessThan(5);
    const bounded = new Numbers(() => undefined);
    for (let i = 0; i < 120_000; i++) bounded.read(`49${151_000_000 + i * 1_000}`);
    expect(bounded.kept).to.be.at.most(50_000);
  });
});

describe('labels: toll-free numbers', () => {
  const numbers = new Numbers(parse);
  const ROWS = [
    ['800', '18005550123', true],
    ['833', '18335550123', true],
    ['888', '18885550123', true],
    ['an area', '12125550123', false],
    ['0808 of the United Kingdom', '448081570000', true],
    ['a mobile of the United Kingdom', '447400123456', false],
  ] as const;
  for (const [what, digits, tollFree] of ROWS) {
    it(`${what}: ${tollFree}`, () => expect(numbers.read(digits).tollFree).to.equal(tollFree));
  }
});
