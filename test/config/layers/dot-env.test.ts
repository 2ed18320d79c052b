import { parseEnv } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseDotEnv } from '../../../src/config/layers/dot-env.ts';

type Variables = Readonly<Record<string, string>>;

/** What Node's own parser takes in the same way. */
const AS_NODE: readonly (readonly [name: string, text: string, variables: Variables])[] = [
  ['lines', 'A=1\nB=2\n', { A: '1', B: '2' }],
  ["Windows' line ends", 'A=1\r\nB="2"\r\n\r\n', { A: '1', B: '2' }],
  ['spaces around name and value', '  A = 1  \nB =2', { A: '1', B: '2' }],
  ['an export', 'export A=1', { A: '1' }],
  ['a name that is export', 'export=1', { export: '1' }],
  ['comments', '# mine\nA=1 # one\nB="#2" # two', { A: '1', B: '#2' }],
  ['an empty value', 'A=\nB=""', { A: '', B: '' }],
  ['more equals signs', 'A==x=y', { A: '=x=y' }],
  ['quotes of three kinds', `A="1 2"\nB='3 "4"'\nC=\`5\``, { A: '1 2', B: '3 "4"', C: '5' }],
  ['several lines in quotes', 'A="x\n\ny=2"\nB=1', { A: 'x\n\ny=2', B: '1' }],
  ['a line end that is written out', `A="x\\ny"\nB='x\\ny'`, { A: 'x\ny', B: 'x\\ny' }],
  ['a quote within a value', 'A=x"y', { A: 'x"y' }],
  ['names with dots and dashes, which others read', 'a.b=1\na-b=2', { 'a.b': '1', 'a-b': '2' }],
  ['a name twice: the last one counts', 'A=1\nA=2', { A: '2' }],
  ['nothing', '', {}],
];

/** What Node's own parser gets wrong without a word, in one of its versions or in all. */
const BETTER: readonly (readonly [name: string, text: string, variables: Variables])[] = [
  ['an indented comment below another one', '# mine\n  # indented\nA=1', { A: '1' }],
  ['a value of spaces alone', 'A=  \nB=""', { A: '', B: '' }],
  ['an empty line before one with spaces', 'A=1\n\n  \nB=2', { A: '1', B: '2' }],
  ['a tab behind the name', 'A\t=1', { A: '1' }],
  ['two spaces behind export', 'export  A=1', { A: '1' }],
  ['a byte order mark', '\uFEFFA=1', { A: '1' }],
  [
    'a name of every object',
    '__proto__=1\nconstructor=2',
    Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]),
  ],
];

const NONE = 'must be NAME=value';
const WRONG: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
  ['a colon', 'A: secret', [`.env:1: ${NONE}`]],
  ['no equals sign', 'A=1\n\nA secret\nB=2', [`.env:3: ${NONE}`]],
  ['a name alone', 'A', [`.env:1: ${NONE}`]],
  ['no name', '=secret', [`.env:1: ${NONE}`]],
  ['a name that is none', '1A=secret\nMY TOKEN=secret\n$A=secret', [1, 2, 3].map((line) => `.env:${line}: ${NONE}`)],
  ['the equals sign on the next line', 'A\n=secret', [1, 2].map((line) => `.env:${line}: ${NONE}`)],
  ['a quote that is not closed', 'A="secret\nB=2', ['.env:1: opens a quote that is not closed']],
  [
    'more behind a quote',
    'A="x\ny" secret\nB',
    ['.env:1: has more behind the quote that closes its value', `.env:3: ${NONE}`],
  ],
  ['lines behind several lines in quotes', 'A="x\ny\nz"\nsecret', [`.env:4: ${NONE}`]],
  ['something else altogether', 'secret\n'.repeat(9), [1, 2, 3, 4, 5].map((line) => `.env:${line}: ${NONE}`)],
  ['UTF-16', Buffer.from('A=1', 'utf16le').toString(), [`.env:1: ${NONE}`]],
];

const told = (text: string) => parseDotEnv('.env', text).problems.map(({ path, message }) => `${path}: ${message}`);

describe('config: .env', () => {
  for (const [name, text, variables] of [...AS_NODE, ...BETTER]) {
    it(`takes ${name}`, () => {
      expect(told(text)).to.deep.equal([]);
      expect({ ...parseDotEnv('.env', text).variables }).to.deep.equal(variables);
    });
  }

  for (const [name, text] of AS_NODE) {
    it(`takes ${name} as Node does`, () => {
      expect({ ...parseDotEnv('.env', text).variables }).to.deep.equal({ ...parseEnv(text) });
    });
  }

  for (const [name, text, problems] of WRONG) {
    it(`reports ${name}, without what is written there`, () => {
      expect(told(text)).to.deep.equal(problems);
      expect(told(text).join()).to.not.include('secret');
    });
  }

  it('gives each line of any text a variable, a problem, or nothing to read', () => {
    const piece = fc.constantFrom('A', 'B=', '=', '"', "'", ' ', '\n', '\n', '#', 'export ', '\r\n', '\\n', 'x', '\t');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        const { variables, problems } = parseDotEnv('.env', text);
        const lines = text.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line));
        if (lines.length > 0) expect(Object.keys(variables).length + problems.length).to.be.greaterThan(0);
        for (const { path } of problems) expect(Number(path.split(':')[1])).to.be.within(1, text.split('\n').length);
      }),
      { numRuns: 2_000, seed: 20_261_127 },
    );
  });
});
