import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { SignedText, signingKey } from '../../src/verify/signature.ts';
import { type Pairs, parametersOf, signature, signatureOfText } from '../parameters.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const URL = 'https://otel.example.com/webhooks/message';

describe('signature: a key', () => {
  it('is made of no empty secret: anybody could sign with it', () => {
    expect(() => signingKey('')).to.throw('an empty secret');
    expect(() => signingKey('', 'sha256')).to.throw('an empty secret');
  });
});

describe('signature: the same as HMAC-SHA1', () => {
  const cases: readonly [name: string, token: string, text: string, url?: string][] = [
    ['an auth token and a callback', TOKEN, 'MessageStatusdelivered'],
    ['no text after the URL', TOKEN, ''],
    ['a token as long as a block', 'k'.repeat(64), 'a'],
    ['a token longer than a block', 'k'.repeat(65), 'a'],
    ['a token outside ASCII', 'clé €', 'a'],
    ['text of two, three and four bytes a character', TOKEN, 'é€😀'],
    ['a text larger than any callback', TOKEN, '€'.repeat(200_000)],
    ['a URL outside ASCII', TOKEN, 'a', `${URL}?ÿ=é`],
    ['a URL larger than any request', TOKEN, 'a', `${URL}?${'é'.repeat(65_536)}`],
  ];
  for (const [name, token, text, url = URL] of cases) {
    it(name, () => {
      const expected = createHmac('sha1', token)
        .update(url + text, 'utf8')
        .digest('base64');
      expect(signatureOfText(token, url, text)).to.equal(expected);
    });
  }

  it('a key signs one text after another, and a text is good until the next one', () => {
    const key = signingKey(TOKEN);
    const first = signatureOfText(TOKEN, URL, 'a longer text');
    const text = new SignedText('', parametersOf([['', 'a']]));
    expect(text.sign(key, URL)).to.equal(text.sign(key, URL)).and.not.to.equal(first);
    expect(signatureOfText(TOKEN, URL, 'a longer text')).to.equal(first);
    expect(() => text.sign(key, URL)).to.throw('another text');
    expect(() => text.holds('Timestamp')).to.throw('another text');
  });

  it('the query belongs to the URL', () => {
    const whole = new SignedText('', parametersOf([['a', 'b']])).sign(signingKey(TOKEN), `${URL}?x=é`);
    const parts = new SignedText('?x=é', parametersOf([['a', 'b']])).sign(signingKey(TOKEN), URL);
    expect(parts).to.equal(whole);
  });

  it('sorts few parameters and many alike, in whatever order the ones before came', () => {
    const names = Array.from({ length: 60 }, (_, i) => `n${(i * 37) % 60}`);
    for (const count of [1, 2, 31, 32, 33, 60]) {
      const some = names.slice(0, count);
      const sorted = some.toSorted().join('=').concat('=');
      for (const order of [some, some.toReversed(), some.toSorted(), some]) {
        const pairs = order.map((name) => [name, '='] as const);
        expect(signature(TOKEN, URL, pairs)).to.equal(signatureOfText(TOKEN, URL, sorted));
      }
    }
  });

  const sorted: readonly [name: string, pairs: Pairs, text: string][] = [
    [
      'a name that begins like another',
      [
        ['ab', '1'],
        ['a', '2'],
      ],
      'a2ab1',
    ],
    [
      'upper case before lower case',
      [
        ['a', '1'],
        ['B', '2'],
      ],
      'B2a1',
    ],
    [
      'the same name twice: its values, sorted, each once',
      [
        ['a', '2'],
        ['b', 'x'],
        ['a', '1'],
        ['a', '2'],
      ],
      'a1a2bx',
    ],
    [
      'the same name twice with one value',
      [
        ['a', '1'],
        ['a', '1'],
      ],
      'a1',
    ],
    [
      'no name',
      [
        ['a', '1'],
        ['', '2'],
      ],
      '2a1',
    ],
    [
      'names outside ASCII, as UTF-16',
      [
        ['\ufb01', '1'],
        ['😀', '2'],
        ['é', '3'],
        ['\uffe5', '4'],
      ],
      'é3😀2\ufb011\uffe54',
    ],
  ];
  for (const [name, pairs, text] of sorted) {
    it(`${name}: ${text}`, () => {
      expect(signature(TOKEN, URL, pairs)).to.equal(signatureOfText(TOKEN, URL, text));
    });
  }
});

describe('signature: a code or a time in what was signed', () => {
  const cases: readonly [name: string, query: string, pairs: Pairs, holds: boolean][] = [
    ['a time under its name', '', [['Timestamp', 'Wed, 14 Oct 2026 12:03:01 +0000']], true],
    ['a code in the value before it', '', [['To', '+1555Timestamp2026-10-14']], true],
    [
      'its name and its value as two values',
      '',
      [
        ['To', '1Timestamp'],
        ['U', '2'],
      ],
      false,
    ],
    ['a name that runs on into the next value', '', [['Times', 'tamp1']], true],
    ['its name in a text', '', [['Body', 'a Timestamp is there']], false],
    ['its name alone', '', [['Timestamp', '']], false],
    ['in the query', '?Timestamp2026', [['To', '1']], true],
    ['in neither', '', [['To', '1']], false],
  ];
  for (const [name, query, pairs, holds] of cases) {
    it(`${name}: ${holds}`, () => {
      expect(new SignedText(query, parametersOf(pairs)).holds('Timestamp')).to.equal(holds);
    });
  }
});
