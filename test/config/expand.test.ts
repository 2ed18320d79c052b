import { expect } from 'chai';
import { expandText, merge } from '../../src/config/expand.ts';

describe('config: ${env:...}', () => {
  const env = { NAME: 'value', EMPTY: '', DOLLAR: '${env:NAME} $$', ZEROS: '00123' };
  const cases: readonly (readonly [text: string, expanded: string])[] = [
    ['plain', 'plain'],
    ['${env:NAME}', 'value'],
    ['a${env:NAME}b${env:NAME}c', 'avaluebvaluec'],
    ['${env:MISSING}', ''],
    ['${env:MISSING:-default}', 'default'],
    ['${env:EMPTY:-default}', 'default'],
    ['${env:NAME:-default}', 'value'],
    ['${env:MISSING:-}', ''],
    ['${env:MISSING:-${env:NAME:-x}}', 'value'],
    ['${env:MISSING:-${env:EMPTY:-deep}}', 'deep'],
    ['${env:MISSING:-http://h:1/a}', 'http://h:1/a'],
    ['$$', '$'],
    ['$${env:NAME}', '${env:NAME}'],
    ['$$$$', '$$'],
    ['a $ b', 'a $ b'],
    ['${env:DOLLAR}', '${env:NAME} $$'],
    ['${env:ZEROS}', '00123'],
    ['${env:constructor:-own}', 'own'],
    ['${env:toString}', ''],
  ];
  for (const [text, expanded] of cases) {
    it(`${text} is ${JSON.stringify(expanded)}`, () => {
      expect(expandText(text, env)).to.equal(expanded);
    });
  }

  for (const text of ['${NAME}', '${file:x}', '${env:}', '${env:1A}', '${env:NAME', '${env:MISSING:-${env:NAME}']) {
    it(`${text} is refused, with a word on how to write it`, () => {
      expect(() => expandText(text, env)).to.throw(/\$\{env/);
    });
  }
});

describe('config: layers', () => {
  const cases: readonly (readonly [string, unknown, unknown, unknown])[] = [
    ['maps merge', { a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
    ['lists replace', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['values replace', { a: 1 }, { a: '' }, { a: '' }],
    ['a key without a value changes nothing', { a: { b: 1 }, c: 2 }, { a: null, c: null }, { a: { b: 1 }, c: 2 }],
    ['new keys are added', { a: 1 }, { b: { c: 1 } }, { a: 1, b: { c: 1 } }],
    ['a map replaces a value', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ['an empty map changes nothing', { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
  ];
  for (const [name, under, over, merged] of cases) {
    it(name, () => {
      expect(merge(under, over)).to.deep.equal(merged);
    });
  }

  it('keep a key that is named like a part of every object', () => {
    const merged = merge({}, JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 2}}')) as object;
    expect(Object.keys(merged)).to.deep.equal(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['a']).to.equal(undefined);
  });
});
