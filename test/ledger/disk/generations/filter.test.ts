import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { hashKey, KeyFilter } from '../../../../src/ledger/disk/generations/filter.ts';

const sid = (i: number): string => `message:SM${createHash('md5').update(String(i)).digest('hex')}`;
const KEYS = Array.from({ length: 150_000 }, (_, i) => hashKey(sid(i)));
const STRANGERS = Array.from({ length: 20_000 }, (_, i) => hashKey(sid(1_000_000 + i)));

function filled(expected?: number): KeyFilter {
  const filter = new KeyFilter(expected);
  for (const key of KEYS) filter.add(key);
  return filter;
}

describe('ledger: filter', () => {
  for (const [name, filter] of [
    ['that had room for all', filled(KEYS.length)],
    ['that grew', filled()],
    ['that was read back', KeyFilter.decode(filled().encode())],
  ] as const) {
    describe(`one ${name}`, () => {
      it('holds every key that was added', () => {
        expect(KEYS.filter((key) => !filter.mayHold(key))).to.have.length(0);
        expect(filter.size).to.equal(KEYS.length);
      });

      it('holds hardly any other', () => {
        expect(STRANGERS.filter((key) => filter.mayHold(key)).length / STRANGERS.length).to.be.below(0.01);
      });
    });
  }

  it('takes more keys after it was read back', () => {
    const filter = KeyFilter.decode(new KeyFilter().encode());
    filter.add(KEYS[0]!);
    expect(filter.mayHold(KEYS[0]!)).to.equal(true);
  });

  it('takes two to four bytes a key, and 128 KiB when it is new', () => {
    expect(filled(KEYS.length).encode().length / KEYS.length).to.be.within(2, 2.1);
    expect(filled().encode().length / KEYS.length).to.be.within(2, 4);
    expect(new KeyFilter().encode().length).to.be.within(131_072, 131_200);
  });

  it('refuses bytes that end early', () => {
    const bytes = filled().encode();
    expect(() => KeyFilter.decode(bytes.subarray(0, bytes.length - 4))).to.throw(RangeError);
  });

  it('hashes as it always did: the hashes are on disk', () => {
    expect(hashKey('message:SM0123456789abcdef0123456789abcdef')).to.deep.equal({
      block: 974_516_293,
      bits: 3_009_073_492,
    });
  });
});
