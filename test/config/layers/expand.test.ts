import { expect } from 'chai';
import { expandText, expandTree, merge } from '../../../src/config/layers/expand.ts';

const FILES = new Map([
  ['/run/secrets/token', 'from a file'],
  ['/odd', '${env:NAME} $$'],
]);
const read = (path: string) => {
  const text = FILES.get(path);
  if (text === undefined) throw new Error(`names a file that cannot be read: ${path}`);
  return text;
};

describe('config: ${env:...} and ${file:...}', () => {
  const env = { NAME: 'value', PLACE: '/run/secrets/token', EMPTY: '', DOLLAR: '${env:NAME} $$', ZEROS: '00123' };
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
    ['${file:/run/secrets/token}', 'from a file'],
    ['a ${file:/run/secrets/token} b', 'a from a file b'],
    ['${file:/odd}', '${env:NAME} $$'],
    ['${file:${env:PLACE}}', 'from a file'],
    ['${file:/run/${env:MISSING:-secrets}/token}', 'from a file'],
    ['${file:${env:MISSING:-}:-none}', 'none'],
    ['${file:${env:MISSING:-}:-}', ''],
    ['${file:${env:PLACE}:-none}', 'from a file'],
    ['${env:MISSING:-${file:${env:PLACE:-}:-}}', 'from a file'],
    ['${env:NAME:-${file:${env:MISSING:-}:-}}', 'value'],
    ['$${file:/nowhere}', '${file:/nowhere}'],
  ];
  for (const [text, expanded] of cases) {
    it(`${text} is ${JSON.stringify(expanded)}`, () => {
      expect(expandText(text, env, read)).to.equal(expanded);
    });
  }

  for (const text of ['${NAME}', '${fil:x}', '${env:}', '${env:1A}', '${env:NAME', '${env:MISSING:-${env:NAME}']) {
    it(`${text} is refused, with a word on how to write it`, () => {
      expect(() => expandText(text, env, read)).to.throw(/\$\{env/);
    });
  }

  const wrong: readonly (readonly [text: string, told: string])[] = [
    ['${file:}', 'names no file'],
    ['${file:${env:MISSING}}', 'names no file'],
    ['${file:/run/secrets/token', 'has a ${file:...} that is not closed'],
    ['${file:/nowhere}', 'names a file that cannot be read: /nowhere'],
    ['${file:/nowhere:-default}', 'names a file that cannot be read: /nowhere'],
    ['${env:NAME:-${file:${env:PLACE:-}:-}}', 'is given by NAME and by a file: leave one of them out'],
  ];
  for (const [text, told] of wrong) {
    it(`${text} ${told}`, () => {
      expect(() => expandText(text, env, read)).to.throw(told);
    });
  }

  it('each file is read once, as a pipe gives its text once', () => {
    let reads = 0;
    const tree = { a: '${file:/pipe}', b: ['${file:/pipe}'] };
    const once = () => `text ${++reads}`;
    expect(expandTree(tree, {}, () => {}, once)).to.deep.equal({ a: 'text 1', b: ['text 1'] });
  });
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
