import { expect } from 'chai';
import fc from 'fast-check';
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { isSigned, signature } from '../parameters.ts';

const URL = 'https://example.com/twilio/webhooks/message?x=1';
const RUNS = 10_000;
const SEED = 20_261_014;

const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('MessageSid', 'MessageStatus', 'From', 'To', 'Body', 'AccountSid', 'a', 'A', 'aa'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Foo[bar]', 'a.b', 'a[]', '__proto__', 'constructor', 'toString', '0', '10', '9'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);
const value = fc.oneof(
  fc.constantFrom('', ' ', 'delivered', '+15558675310', 'a b', '%20', '&=', '\r\n'),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 25 });

/** The pairs as the package takes them: an object whose repeated names hold lists. */
function asObject(list: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const object = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of list) {
    const known = object[name];
    object[name] = known === undefined ? value : [known, value].flat();
  }
  return object;
}

describe(`verify: ${RUNS.toLocaleString('en')} random parameter sets`, function () {
  this.timeout(60_000);

  it('our signature is the one of the twilio package', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), pairs, (token, list) => {
        expect(signature(token, URL, list)).to.equal(getExpectedTwilioSignature(token, URL, asObject(list)));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('a set that was changed after it was signed is refused by both, and a set that was not by none', () => {
    const mutation = fc.constantFrom('none', 'value', 'name', 'added', 'dropped', 'order');
    fc.assert(
      fc.property(
        pairs.filter((list) => list.length > 0),
        mutation,
        fc.nat(),
        (list, kind, at) => {
          const signed = getExpectedTwilioSignature('12345', URL, asObject(list));
          const sent = mutate(list, kind, at % list.length);
          const ours = isSigned('12345', URL, sent, signed);
          expect(ours).to.equal(validateRequest('12345', signed, URL, asObject(sent)));
          if (kind === 'none' || kind === 'order') expect(ours, 'valid').to.equal(true);
          if (kind === 'value' || kind === 'name' || kind === 'added') expect(ours, 'forged').to.equal(false);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

function mutate(list: readonly [string, string][], kind: string, at: number): [string, string][] {
  const [name, value] = list[at]!;
  switch (kind) {
    case 'value':
      return list.with(at, [name, `${value}~changed~`]);
    case 'name':
      return list.with(at, [`${name}~changed~`, value]);
    case 'added':
      return [...list, ['~new~', '1']];
    case 'dropped':
      return list.toSpliced(at, 1);
    case 'order':
      return list.toReversed();
    default:
      return [...list];
  }
}
