import { expect } from 'chai';
import { parseParameters } from '../../src/receive/parameters.ts';
import { Rejection } from '../../src/rejection.ts';
import { Random } from '../fuzz/mutations.ts';
import { pairsOf, WIDE } from '../parameters.ts';

const LIMITS = { max_parameters: 5, max_parameter_name_size: 10, max_parameter_value_size: 20 };

function outcome(text: string | Buffer, limits = LIMITS): unknown {
  try {
    return pairsOf(parseParameters(Buffer.from(text as string), limits));
  } catch (error) {
    if (error instanceof Rejection) return error.reason;
    throw error;
  }
}

/** The same in the plainest words. */
function plainly(text: string): unknown {
  const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
  try {
    return text
      .split('&')
      .filter((segment) => segment !== '')
      .map((segment) => {
        const [name = '', ...rest] = segment.split('=');
        return [decode(name), decode(rest.join('='))];
      });
  } catch {
    return 'malformed_form';
  }
}

describe('receive: the parameters of a form', () => {
  const cases: readonly (readonly [name: string, text: string, expected: unknown])[] = [
    ['nothing', '', []],
    [
      'two parameters',
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'the same one twice, in order',
      'a=2&a=1',
      [
        ['a', '2'],
        ['a', '1'],
      ],
    ],
    [
      'no value, and none but a name',
      'a=&b',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    [
      'a bare name before one with a value',
      'a&b=1',
      [
        ['a', ''],
        ['b', '1'],
      ],
    ],
    ['no name', '=x', [['', 'x']]],
    ['empty pairs', '&&a=1&&', [['a', '1']]],
    ['more than one "="', 'a=b=c', [['a', 'b=c']]],
    ['brackets and dots mean nothing', 'a[0].b=1', [['a[0].b', '1']]],
    ['a name like a method of objects', '__proto__=1', [['__proto__', '1']]],
    ['a blank as +, and a + as %2B', 'a=1+2%2B3', [['a', '1 2+3']]],
    ['separators that are escaped', 'a%3D=%26', [['a=', '&']]],
    ['a % that is escaped is not decoded twice', 'a=%2541', [['a', '%41']]],
    ['escapes in lower case', 'a=%2b%c3%a9', [['a', '+é']]],
    ['an emoji', 'a=%F0%9F%98%80', [['a', '😀']]],
    ['a NUL', 'a=%00', [['a', '\0']]],
    ['an escape that is none', 'a=%ZZ', 'malformed_form'],
    ['half an escape', 'a=%4', 'malformed_form'],
    ['a % at the end', 'a=%', 'malformed_form'],
    ['an escape with a letter beyond ASCII', 'a=%4é', 'malformed_form'],
    ['half a character', 'a=%C3', 'malformed_form'],
    ['a character cut in two by a pair', 'a=%C3&b=%A9', 'malformed_form'],
    ['an overlong character', 'a=%C0%80', 'malformed_form'],
    ['half of a surrogate pair', 'a=%ED%A0%80', 'malformed_form'],
    ['as many parameters as may be', 'a&b&c&d&e', ['a', 'b', 'c', 'd', 'e'].map((name) => [name, ''])],
    ['one more', 'a&b&c&d&e&f', 'too_many_parameters'],
    ['empty ones count too', '&&&&&', 'too_many_parameters'],
    ['a name as long as may be', 'a'.repeat(10), [['a'.repeat(10), '']]],
    ['one byte more', 'a'.repeat(11), 'parameter_too_long'],
    ['a value as long as may be, in bytes', `a=${'%C3%A9'.repeat(10)}`, [['a', 'é'.repeat(10)]]],
    ['one character more', `a=${'%C3%A9'.repeat(11)}`, 'parameter_too_long'],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => expect(outcome(text)).to.deep.equal(expected));
  }

  const raw: readonly (readonly [name: string, bytes: string, expected: unknown])[] = [
    ['a character as it is', 'a=\xc3\xa9', [['a', 'é']]],
    ['one byte that is no UTF-8', 'a=\xff', 'malformed_form'],
    ['half a character at the end', 'a=\xc3', 'malformed_form'],
    ['a character whose first half is bare and whose second is escaped', 'a=\xc3%A9', 'malformed_form'],
    ['a character whose first half is escaped and whose second is bare', 'a=%C3\xa9', 'malformed_form'],
    ['such a one behind a good one', 'a=\xc3\xa9\xc3%A9', 'malformed_form'],
    ['a bare character beside an escaped one', 'a=\xc3\xa9%C3%A9', [['a', 'éé']]],
    ['a DEL', 'a=\x7f', [['a', '\x7f']]],
  ];
  for (const [name, bytes, expected] of raw) {
    it(`bytes: ${name}`, () => expect(outcome(Buffer.from(bytes, 'latin1'))).to.deep.equal(expected));
  }

  it('are plain when all of them are printable ASCII', () => {
    const plain = (text: string) => parseParameters(Buffer.from(text), LIMITS).plain;
    expect(['a=b+c%7E', 'a=%C3%A9&b=c', 'a=\x1f', 'a=b&c=%7F'].map(plain)).to.deep.equal([true, false, false, false]);
  });

  const PIECES = [
    'a',
    'Zé',
    '=',
    '&',
    '+',
    '%',
    '%2',
    '%41',
    '%2B',
    '%26',
    '%3d',
    '%25',
    '%00',
    '%C3',
    '%A9',
    '%zz',
    '😀',
  ];
  it('are those of the plainest way to read them, for 5,000 random texts; encoded again they read the same', () => {
    const random = new Random(20_261_126);
    for (let i = 0; i < 5_000; i++) {
      const text = Array.from({ length: random.below(12) }, () => random.pick(PIECES)).join('');
      const pairs = outcome(text, WIDE);
      expect(pairs, text).to.deep.equal(plainly(text));
      if (typeof pairs === 'string') continue;
      const again = new URLSearchParams(pairs as [string, string][]).toString();
      expect(outcome(again, WIDE), text).to.deep.equal(pairs);
    }
  });
});
