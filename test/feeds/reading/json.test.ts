import { expect } from 'chai';
import fc from 'fast-check';
import { parseJsonText } from '../../../src/feeds/reading/json.ts';
import { Rejection } from '../../../src/rejection.ts';

/** What reading the whole value comes to: the value as text, or the reason that it was refused for. */
function readAll(text: string): string {
  try {
    return JSON.stringify(parseJsonText(text));
  } catch (error) {
    if (error instanceof Rejection) return `${error.reason}: ${error.subject}`;
    throw error;
  }
}

const TWICE = 'malformed_json: a name that is given twice';

describe('feeds: members of a JSON text that are given twice', () => {
  const cases: readonly (readonly [name: string, text: string, expected: string])[] = [
    ['none', '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}'],
    ['one, with two values', '{"a":1,"a":2}', TWICE],
    ['one, with the same value', '{"a":1,"a":1}', TWICE],
    ['one, escaped the second time', '{"a":1,"\\u0061":1}', TWICE],
    ['one whose first value is an object with members', '{"a":{"b":1,"c":2},"a":1}', TWICE],
    ['one in an object in a list', '[{"a":1},{"a":1,"a":2}]', TWICE],
    ['one that is empty', '{"":1,"":2}', TWICE],
    ['a name that ends in a backslash', '{"a\\\\":1,"a\\\\":2}', TWICE],
    ['colons, commas and quotes in texts', '{"a":"x:{\\"y\\":1,","b":":"}', '{"a":"x:{\\"y\\":1,","b":":"}'],
    ['names that objects have anyway', '{"constructor":1,"toString":2}', '{"constructor":1,"toString":2}'],
    ['a forbidden name', '{"a":[{"__proto__":1}]}', 'malformed_json: a forbidden name'],
    ['a forbidden name, escaped', '{"__prot\\u006f__":1}', 'malformed_json: a forbidden name'],
    ['16 levels', '['.repeat(16) + ']'.repeat(16), '['.repeat(16) + ']'.repeat(16)],
    ['17 levels', '['.repeat(17) + ']'.repeat(17), 'malformed_json: the depth'],
    ['17 levels in a text', JSON.stringify('['.repeat(17)), JSON.stringify('['.repeat(17))],
    ['levels without end', '[{"a":'.repeat(100_000), 'malformed_json: the depth'],
    ['a text without its end', '{"a":"b', 'malformed_json: undefined'],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => {
      expect(readAll(text)).to.equal(expected);
    });
  }

  it('any value without one is read as the parser reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        if (!text.includes('__proto__')) expect(readAll(text)).to.equal(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('one that is put anywhere is found', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), (value, seed) => {
        const text = JSON.stringify({ first: value, second: [{ third: value }] });
        const braces = [...text.matchAll(/\{(?=")/g)].filter(({ index }) => !isInText(text, index));
        const { index } = braces[seed % braces.length]!;
        const [name] = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(index + 1))!;
        if (text.includes('__proto__')) return;
        expect(readAll(`${text.slice(0, index + 1)}${name}:0,${text.slice(index + 1)}`)).to.equal(TWICE);
      }),
    );
  });
});

/** True where a place lies inside a quoted text. */
function isInText(text: string, place: number): boolean {
  const before = text.slice(0, place).replace(/\\./g, '');
  return (before.split('"').length - 1) % 2 === 1;
}
