import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { sign, signedText, signingKey } from '../../src/verify/signature.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const URL = 'https://otel.example.com/webhooks/message';

describe('signature: the same as HMAC-SHA1', () => {
  const cases: readonly [name: string, token: string, text: string][] = [
    ['an auth token and a callback', TOKEN, 'MessageStatusdelivered'],
    ['no text after the URL', TOKEN, ''],
    ['an empty token', '', 'a'],
    ['a token as long as a block', 'k'.repeat(64), 'a'],
    ['a token longer than a block', 'k'.repeat(65), 'a'],
    ['a token outside ASCII', 'clé €', 'a'],
    ['text of two, three and four bytes a character', TOKEN, 'é€😀'],
    ['half of a surrogate pair', TOKEN, 'a\ud800b'],
    ['a text larger than any callback', TOKEN, '€'.repeat(200_000)],
  ];
  for (const [name, token, text] of cases) {
    it(name, () => {
      const expected = createHmac('sha1', token)
        .update(URL + text, 'utf8')
        .digest('base64');
      expect(sign(signingKey(token), URL, text)).to.equal(expected);
    });
  }

  it('a key signs one text after another', () => {
    const key = signingKey(TOKEN);
    const first = sign(key, URL, 'a longer text');
    expect(sign(key, URL, 'a')).not.to.equal(first);
    expect(sign(key, URL, 'a longer text')).to.equal(first);
  });

  it('sorts few parameters and many alike', () => {
    const names = Array.from({ length: 60 }, (_, i) => `n${(i * 37) % 60}`);
    for (const count of [1, 2, 31, 32, 33, 60]) {
      const some = names.slice(0, count);
      expect(signedText(some.map((name) => [name, '=']))).to.equal(some.toSorted().join('=').concat('='));
    }
  });
});
