import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';
import { signedVariants } from '../../src/verify/public-url.ts';
import { isSigned } from '../parameters.ts';

interface Vector {
  readonly name: string;
  readonly token: string;
  readonly url: string;
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly sig: string;
  readonly exactUrl: boolean;
}

const FILE = new URL('../fixtures/signature/vectors.json', import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(FILE, 'utf8'));

describe("verify: the vectors of twilio-node's own tests and of Twilio's documentation", () => {
  it('are all there', () => {
    expect(vectors).to.have.length(9);
  });

  for (const vector of vectors) {
    const pairs = Object.entries(vector.params ?? {}).flatMap(([name, value]) =>
      [value].flat().map((each) => [name, each] as const),
    );
    const holding = (signature: string, changed = pairs) =>
      signedVariants(vector.url).filter((url) => isSigned(vector.token, url, changed, signature));

    it(`${vector.name}: the signature holds, for the URL ${vector.exactUrl ? 'as given' : 'with its port added or dropped'}`, () => {
      const urls = holding(vector.sig);
      expect(urls).to.have.length(1);
      expect(urls.includes(vector.url)).to.equal(Boolean(vector.exactUrl));
    });

    it(`${vector.name}: one changed character breaks it`, () => {
      const forged = (vector.sig[0] === 'A' ? 'B' : 'A') + vector.sig.slice(1);
      expect(holding(forged)).to.deep.equal([]);
      expect(holding(vector.sig, [...pairs, ['Extra', '1']])).to.deep.equal([]);
    });

    it(`${vector.name}: the twilio package agrees`, () => {
      const { token, sig, url, params, body } = vector;
      const agrees =
        body === undefined
          ? validateRequest(token, sig, url, params as Record<string, string>)
          : validateRequestWithBody(token, sig, url, body);
      expect(agrees).to.equal(true);
    });
  }
});
