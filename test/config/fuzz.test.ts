import { expect } from 'chai';
import fc from 'fast-check';
import { isMap } from '../../src/config/layers/expand.ts';
import { effectiveYaml, shippedLayer } from '../../src/config/layers/files.ts';
import { type Layer, loadConfig } from '../../src/config/load.ts';
import { SECRET_KEY } from '../../src/config/schema.ts';
import { shippedDefaults } from './room.ts';

const SECRET = 'hush-hush-hush';
const paths = (node: unknown, path: string[] = []): string[][] =>
  isMap(node) ? [path, ...Object.entries(node).flatMap(([key, value]) => paths(value, [...path, key]))] : [path];
const PATHS = paths(shippedDefaults());

/** Anything in the place of anything, as JSON, which is YAML. */
const junk = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '0',
    '1e99',
    'true',
    'null',
    '~',
    '${env:',
    '${env:X}',
    '$$',
    ':',
    '::',
    'a,b',
    '{',
    '[',
    SECRET,
  ),
  fc.string(),
  fc.array(fc.constantFrom('', 'a', SECRET), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'endpoint', 'auth_token', '__proto__', '0'), fc.constantFrom('', 'a', SECRET)),
  fc.constant(null),
);

const place = (path: readonly string[], value: unknown): Layer => {
  const tree = path.reduceRight<unknown>((below, key) => ({ [key]: below }), value);
  return { name: 'user.yaml', yaml: JSON.stringify(tree) };
};

describe('config: anything in the place of anything', function () {
  // Two seconds on a machine that has nothing else to do.
  this.timeout(30_000);

  it('is a configuration or a list of problems, never a failure, and what was printed can be read again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), junk, fc.constantFrom(...PATHS), junk, (path, value, path2, value2) => {
        const loaded = loadConfig([shippedLayer(), place(path, value), place(path2, value2)], { X: 'x' });
        if (!loaded.config) {
          expect(loaded.problems).to.not.have.length(0);
          for (const problem of loaded.problems) expect(problem.message).to.match(/^[a-z]/);
          return;
        }
        const printed = effectiveYaml(loaded.effective).replaceAll('"***"', '""').replaceAll('$', '$$$$');
        expect(loadConfig([{ name: 'printed', yaml: printed }], {}).problems).to.deep.equal([]);
      }),
      { numRuns: 200, seed: 20_261_014 },
    );
  });

  it('never tells a secret in a problem, or in what is printed', () => {
    const secret = PATHS.filter((path) => path.some((key) => SECRET_KEY.test(key)));
    expect(secret).to.have.length.greaterThan(2);
    const shapes = [
      SECRET,
      `${SECRET} x`,
      [SECRET],
      { a: SECRET },
      `\${env:X}${SECRET}`,
      `\${oops ${SECRET}`,
      [[SECRET]],
    ];
    for (const path of [...secret, ['receivers', 'twilio', 'accounts'], ['receivers', 'twilio', 'account_sid']]) {
      for (const shape of shapes) {
        const loaded = loadConfig([shippedLayer(), place(path, shape)], { X: SECRET });
        const told = loaded.config ? effectiveYaml(loaded.effective) : JSON.stringify(loaded.problems);
        expect(told, `${path.join('.')} ${JSON.stringify(shape)}`).to.not.include(SECRET);
      }
    }
  });
});
