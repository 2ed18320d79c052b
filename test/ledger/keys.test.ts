import { expect } from 'chai';
import { FAMILIES } from '../../src/families/index.ts';
import { familyOf, shortKey } from '../../src/ledger/keys.ts';

const HEX = 'a0'.repeat(16);

describe('ledger: keys of records', () => {
  const rows: readonly (readonly [name: string, key: string, family: string, hashed: boolean])[] = [
    ['a message', `message:SM${HEX}`, 'message', false],
    ['a media message', `message:MM${HEX}`, 'message', false],
    ['a call', `call:CA${HEX}`, 'call', false],
    ['a message whose SID is of another kind', `message:XX${HEX}`, 'message', true],
    ['a message of a trial', 'message:my-first-message', 'message', true],
    ['a message of a trial, with digits in upper case', `message:SM${HEX.toUpperCase()}`, 'message', true],
    ['a message of a trial, one digit too long', `message:SM${HEX}0`, 'message', true],
    ['an event of a family without a kind', 'nobody:knows', '', true],
    ['digits without a family', HEX, '', true],
    ['nothing', '', '', true],
  ];
  for (const [name, key, family, hashed] of rows) {
    it(`${name}: 17 bytes, ${hashed ? 'a hash' : 'the digits themselves'}`, () => {
      const short = shortKey(key);
      expect(short).to.have.length(17);
      expect(familyOf(short)).to.equal(family);
      expect(Buffer.from(short.slice(1), 'latin1').toString('hex') === HEX).to.equal(!hashed);
      for (const char of short) expect(char.charCodeAt(0)).to.be.below(256);
    });
  }

  it('differ where the keys differ', () => {
    expect(new Set(rows.map(([, key]) => shortKey(key))).size).to.equal(rows.length);
  });

  it('tell the family of each family', () => {
    for (const { name } of FAMILIES) expect(familyOf(shortKey(`${name}:anything`)), name).to.equal(name);
  });
});
