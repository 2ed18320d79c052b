import { expect } from 'chai';
import { keysOf } from '../../docs/src/keys.ts';
import { withReference } from '../../docs/src/reference.ts';
import { references } from '../../docs/src/variables.ts';
import { shippedLayer } from '../../src/config/layers/files.ts';
import { at } from '../../src/config/problems.ts';
import { shippedDefaults } from '../config/room.ts';
import { read } from './pages.ts';

const KEYS = keysOf();
/** The value of a key in the shipped file; the first item stands for all of a list. */
const shipped = (path: string) => at(shippedDefaults(), path.replaceAll('[]', '.0').split('.'));

/** As a default is written: nothing for an empty map. */
const written = (value: unknown) => (JSON.stringify(value) === '{}' ? '' : String(value));

describe('docs: the reference of keys', () => {
  it('is what `npm run docs` writes now', () => {
    const page = read('docs/configuration.md');
    expect(page, 'run `npm run docs`').to.equal(withReference(page));
  });

  it('has a meaning for each key, as a sentence', () => {
    expect(KEYS.length).to.be.greaterThan(80);
    expect(KEYS.filter(({ facts, meaning }) => facts && !/^[A-Z`].*\.$/.test(meaning))).to.deep.equal([]);
  });

  it('has the defaults that the shipped file has', () => {
    const compared = KEYS.filter(({ path, facts }) => facts && shipped(path) !== undefined);
    expect(compared.length).to.be.greaterThan(70);
    for (const { path, facts } of compared)
      if (facts!.type !== 'list of maps') expect(facts!.fallback, path).to.equal(written(shipped(path)));
  });

  it('has each variable of the shipped file once, at the key that reads it', () => {
    const code = shippedLayer()
      .yaml.split('\n')
      .filter((line) => !line.trimStart().startsWith('#'));
    const inFile = new Set(code.flatMap((line) => [...line.matchAll(/\$\{env:(\w+)/g)].map(([, name]) => name!)));
    const paths = KEYS.map(({ path }) => path);
    expect([...references().keys()].filter((path) => !paths.includes(path))).to.deep.equal([]);

    const [variables = ''] = read('docs/configuration.md').split('## Keys');
    const rows = variables.split('\n').filter((line) => line.startsWith('| `'));
    const inTable = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    expect([...inTable].sort()).to.deep.equal([...inFile].sort());
  });

  it('reads a reference within a reference in the order of the agent', () => {
    expect(references({ a: { b: [`\${env:X:-\${env:Y:-10s}}`] }, c: 'plain' })).to.deep.equal(
      new Map([['a.b[]', { names: ['X', 'Y'], fallback: '10s' }]]),
    );
  });

  it('is not written into a page without its markers', () => {
    expect(() => withReference('# A page\n')).to.throw('<!-- reference:begin -->');
  });
});
