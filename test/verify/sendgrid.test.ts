import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { publicKey } from '../../src/config/rules/public-key.ts';
import { SendGridVerifier } from '../../src/verify/sendgrid.ts';
import { ManualClock, NOON_MS } from '../manual-clock.ts';
import { emailSignature, newSigner, SIGNATURE, type Signer, TIMESTAMP } from '../sendgrid.ts';

const HOUR_MS = 3_600_000;
const WINDOW_MS = 25 * HOUR_MS;
const keyOf = (shown: string) => publicKey(shown) as KeyObject;
const [ours, others] = [newSigner(), newSigner()];
const BODY = Buffer.from('[{"event":"open","sg_event_id":"a"},\r\n{"event":"click","sg_event_id":"b"}]\r\n');

const verifier = (signers: readonly Signer[] = [ours], clock = new ManualClock()) =>
  new SendGridVerifier({ keys: signers.map(({ shown }) => keyOf(shown)), windowMs: WINDOW_MS, clock });

interface Sent {
  readonly timestamp?: string;
  readonly body?: Buffer;
  readonly signature?: string;
}
const seconds = (ms: number) => String(Math.floor(ms / 1_000));
const NOON = seconds(NOON_MS);
const signed = (signer = ours, timestamp = NOON, body = BODY) => emailSignature(signer, timestamp, body);

/** What becomes of it: `ok`, or the reason of its refusal. */
function outcome(room: SendGridVerifier, { timestamp, body = BODY, signature }: Sent): string {
  const headers = { [SIGNATURE.toLowerCase()]: signature, [TIMESTAMP.toLowerCase()]: timestamp };
  return room.verifyBody({ headers } as unknown as IncomingMessage, '', '', '', body)?.reason ?? 'ok';
}
/** The same with what is right where nothing is said. */
const sent = (room: SendGridVerifier, given: Sent) =>
  outcome(room, { timestamp: NOON, signature: signed().toString('base64'), ...given });

// The vector of SendGrid's own library.
// https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js (MIT)
const VECTOR = {
  key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
  signature: 'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
  timestamp: '1588788367',
  body: Buffer.from('{"category":"example_payload","event":"test_event","message_id":"message_id"}'),
};

describe('verify: a batch of SendGrid', () => {
  it("the vector of SendGrid's own library holds", () => {
    const clock = new ManualClock(Number(VECTOR.timestamp) * 1_000);
    const room = new SendGridVerifier({ keys: [keyOf(VECTOR.key)], windowMs: WINDOW_MS, clock });
    expect(outcome(room, VECTOR)).to.equal('ok');
    expect(outcome(room, { ...VECTOR, timestamp: '1588788368' })).to.equal('signature_invalid');
    expect(outcome(room, { ...VECTOR, body: VECTOR.body.subarray(1) })).to.equal('signature_invalid');
  });

  const text = (bytes: Buffer) => bytes.toString('base64');
  const CASES: readonly (readonly [name: string, given: () => Sent, outcome: string])[] = [
    ['as SendGrid sends it', () => ({}), 'ok'],
    ['no signature', () => ({ signature: undefined }) as never, 'signature_missing'],
    ['no time', () => ({ timestamp: undefined }) as never, 'signature_missing'],
    ['an empty signature', () => ({ signature: '' }), 'signature_invalid'],
    ['an empty time', () => ({ timestamp: '' }), 'signature_invalid'],
    ['the signature of another key', () => ({ signature: text(signed(others)) }), 'signature_invalid'],
    ['another time', () => ({ timestamp: seconds(NOON_MS + 1_000) }), 'signature_invalid'],
    ['a body without its last line end', () => ({ body: BODY.subarray(0, -2) }), 'signature_invalid'],
    ['a body with one line end more', () => ({ body: Buffer.concat([BODY, Buffer.from('\n')]) }), 'signature_invalid'],
    ['no body', () => ({ body: Buffer.alloc(0) }), 'signature_invalid'],
    [
      'the time moved into the body',
      () => ({ timestamp: NOON.slice(0, -1), body: Buffer.concat([Buffer.from('0'), BODY]) }),
      'signature_invalid',
    ],
    ['the body moved into the time', () => ({ timestamp: `${NOON}[`, body: BODY.subarray(1) }), 'signature_invalid'],
    [
      'a time that is no number',
      () => ({ timestamp: 'now', signature: text(signed(ours, 'now')) }),
      'signature_invalid',
    ],
    [
      'a time with a blank',
      () => ({ timestamp: ` ${NOON}`, signature: text(signed(ours, ` ${NOON}`)) }),
      'signature_invalid',
    ],
    ['a negative time', () => ({ timestamp: '-1', signature: text(signed(ours, '-1')) }), 'signature_invalid'],
    ['two times in one header', () => ({ timestamp: `${NOON}, ${NOON}` }), 'signature_invalid'],
    [
      'two signatures in one header',
      () => ({ signature: `${text(signed())}, ${text(signed())}` }),
      'signature_invalid',
    ],
    ['base64 without its end', () => ({ signature: `${text(signed()).replace(/=*$/, '')}!` }), 'signature_invalid'],
    ['base64 with blanks', () => ({ signature: ` ${text(signed())}` }), 'signature_invalid'],
    ['hex', () => ({ signature: signed().toString('hex') }), 'signature_invalid'],
    ['base64 of megabytes', () => ({ signature: 'A'.repeat(8_000) }), 'signature_invalid'],
    // Of a signature (r, s) the other one, (r, n - s), holds as well: harmless, because nothing is told apart by it.
    ['the other s of the same signature', () => ({ signature: text(otherS(signed())) }), 'ok'],
    [
      'bytes behind the signature',
      () => ({ signature: text(Buffer.concat([signed(), Buffer.from([0])])) }),
      'signature_invalid',
    ],
    ['r with a zero before it', () => ({ signature: text(padded(signed())) }), 'signature_invalid'],
    ['a length in the long form', () => ({ signature: text(longForm(signed())) }), 'signature_invalid'],
    [
      'r and s without DER',
      () => ({ signature: text(Buffer.concat(integers(signed()).map(to32))) }),
      'signature_invalid',
    ],
    ['r = 0, s = 0', () => ({ signature: text(Buffer.from('3006020100020100', 'hex')) }), 'signature_invalid'],
    ['r = n, s = n', () => ({ signature: text(der(N, N)) }), 'signature_invalid'],
  ];
  for (const [name, given, want] of CASES) {
    it(`${name}: ${want}`, () => {
      expect(sent(verifier(), given())).to.equal(want);
    });
  }

  it('one whose signature differs in any byte is refused', () => {
    const good = signed();
    const byte = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(fc.nat(good.length - 1), byte, (at, flip) => {
        const bad = Buffer.from(good);
        bad[at]! ^= flip;
        return sent(verifier(), { signature: text(bad) }) === 'signature_invalid';
      }),
      { numRuns: 300 },
    );
  });

  it('one whose signature is written in any other way is refused', () => {
    const good = text(signed());
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ ';
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...alphabet), (at, char) => {
        const bad = good.slice(0, at) + char + good.slice(at + 1);
        return bad === good || sent(verifier(), { signature: bad }) === 'signature_invalid';
      }),
      { numRuns: 300 },
    );
  });

  it('one whose body differs in any byte is refused', () => {
    fc.assert(
      fc.property(fc.nat(BODY.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const body = Buffer.from(BODY);
        body[at]! ^= flip;
        return sent(verifier(), { body }) === 'signature_invalid';
      }),
    );
  });

  const TIMES: readonly (readonly [name: string, ageMs: number, outcome: string])[] = [
    ['24 hours ago: SendGrid still tries', 24 * HOUR_MS, 'ok'],
    ['a second less than the window ago', WINDOW_MS - 1_000, 'ok'],
    ['a second more than the window ago', WINDOW_MS + 1_000, 'too_old'],
    ['in 2001', NOON_MS - 1e12, 'too_old'],
    ['half an hour ahead', -HOUR_MS / 2, 'ok'],
    ['two hours ahead', -2 * HOUR_MS, 'too_old'],
  ];
  for (const [name, ageMs, want] of TIMES) {
    it(`signed ${name}: ${want}`, () => {
      const timestamp = seconds(NOON_MS - ageMs);
      expect(sent(verifier(), { timestamp, signature: text(signed(ours, timestamp)) })).to.equal(want);
    });
  }
  it('signed a moment ago is good while the wall clock is a day wrong', () => {
    const clock = new ManualClock();
    clock.wallAheadMs = 48 * HOUR_MS;
    expect(sent(verifier([ours], clock), {})).to.equal('ok');
  });

  it('of several keys any may have signed, and it is told which; after a reload those of then', () => {
    const room = verifier([others, ours]);
    expect(sent(room, {})).to.equal('ok');
    expect([...room.verified]).to.deep.equal([
      ['sendgrid_0', 0],
      ['sendgrid_1', 1],
    ]);
    room.renew([keyOf(ours.shown)]);
    expect(sent(room, {})).to.equal('ok');
    expect(sent(room, { signature: text(signed(others)) })).to.equal('signature_invalid');
    expect(room.verified.get('sendgrid_0')).to.equal(1);
  });

  it('without a key nothing is SendGrid’s', () => {
    expect(sent(verifier([]), {})).to.equal('signature_invalid');
  });
});

/** The order of the group of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The two numbers of a signature in DER. */
function integers(signature: Buffer): [r: bigint, s: bigint] {
  const length = signature[3]!;
  const number = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
  return [number(signature.subarray(4, 4 + length)), number(signature.subarray(6 + length))];
}
const to32 = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
function integer(number: bigint): Buffer {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  const content = bytes[0]! > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, content.length]), content]);
}
const sequence = (...parts: readonly Buffer[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
};
const der = (r: bigint, s: bigint) => sequence(integer(r), integer(s));
function otherS(signature: Buffer): Buffer {
  const [r, s] = integers(signature);
  return der(r, N - s);
}
function padded(signature: Buffer): Buffer {
  const [r, s] = integers(signature);
  const bytes = integer(r).subarray(2);
  return sequence(Buffer.concat([Buffer.from([2, bytes.length + 1, 0]), bytes]), integer(s));
}
const longForm = (signature: Buffer) =>
  Buffer.concat([Buffer.from([0x30, 0x81, signature[1]!]), signature.subarray(2)]);
