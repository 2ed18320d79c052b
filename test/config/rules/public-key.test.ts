import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { publicKey } from '../../../src/config/rules/public-key.ts';
import { newSigner } from '../../sendgrid.ts';
import { load, problems } from '../room.ts';

const { shown, privateKey } = newSigner();
const lines = (shown.match(/.{1,64}/g) ?? []).join('\n');
const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
const der = Buffer.from(shown, 'base64');
const base64 = (bytes: Buffer) => bytes.toString('base64');
/** The same key with a point that lies beside the curve. */
const beside = Buffer.from(der);
beside[beside.length - 1]! ^= 1;
const spki = (type: 'rsa' | 'ed25519') =>
  (type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2_048 }) : generateKeyPairSync('ed25519')).publicKey
    .export({ format: 'der', type: 'spki' })
    .toString('base64');

const GOOD: readonly (readonly [name: string, text: string])[] = [
  ['base64 as the settings show it', shown],
  ['base64 in lines, with blanks round it', `  ${lines}\n`],
  ['PEM', `${pem('PUBLIC KEY', lines)}\n`],
  [
    'PEM in one line, with \\n for line ends, as many secret stores keep it',
    pem('PUBLIC KEY', lines).replaceAll('\n', '\\n'),
  ],
  ['PEM whose line ends became blanks', pem('PUBLIC KEY', lines).replaceAll('\n', ' ')],
  ['PEM with the line ends of Windows', pem('PUBLIC KEY', lines).replaceAll('\n', '\r\n')],
];
const BAD: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ['a word', 'secret', /^holds what is no public key/],
  ['an API key of SendGrid', `SG.${'x'.repeat(22)}.${'y'.repeat(43)}`, /^holds what is no public key/],
  ['a key that is cut short', shown.slice(0, -8), /^holds what is no public key/],
  ['a key with more behind it', base64(Buffer.concat([der, Buffer.from([0])])), /^holds what is no public key/],
  ['a point that is not on the curve', base64(beside), /^holds what is no public key/],
  ['a certificate', pem('CERTIFICATE', lines), /^holds what is no public key/],
  ['the private key', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), /^holds a private key/],
  [
    'the private key of another form',
    privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
    /^holds a private/,
  ],
  ['a key on another curve', newSigner('P-384').shown, /^holds a key of another kind/],
  ['a key on the curve of Bitcoin', newSigner('secp256k1').shown, /^holds a key of another kind/],
  ['an RSA key', spki('rsa'), /^holds a key of another kind/],
  ['an Ed25519 key', spki('ed25519'), /^holds a key of another kind/],
];

describe('config: a public key of SendGrid', () => {
  for (const [name, text] of GOOD) {
    it(`${name}: is one`, () => {
      const key = publicKey(text) as KeyObject;
      expect(key.export({ format: 'der', type: 'spki' }).toString('base64')).to.equal(shown);
    });
  }
  for (const [name, text, message] of BAD) {
    it(`${name}: is none`, () => {
      expect(publicKey(text)).to.match(message);
    });
  }

  const KEYS = 'receivers.twilio.families.sendgrid.public_keys';
  it('comes by the variable, one or several', () => {
    const other = newSigner().shown;
    const keys = (text: string) =>
      load({ SENDGRID_PUBLIC_KEY: text }).receivers.twilio.families['sendgrid']!.public_keys;
    expect(keys('')).to.deep.equal([]);
    expect(keys(shown)).to.deep.equal([shown]);
    expect(keys(`${shown}, ${other}`)).to.deep.equal([shown, other]);
    expect(keys(pem('PUBLIC KEY', lines))).to.have.length(1);
  });
  it('that is none is told by its key and its variable, and never by its value', () => {
    const [problem] = problems({ SENDGRID_PUBLIC_KEY: 'SG.secret-of-an-api-key' });
    expect(problem).to.match(
      new RegExp(`^${KEYS.replaceAll('.', '\\.')} \\(from SENDGRID_PUBLIC_KEY\\): holds what is no public key`),
    );
    expect(problem).to.not.include('secret-of');
  });
  it('may be one of four', () => {
    const keys = Array.from({ length: 5 }, () => newSigner().shown).join(',');
    expect(problems({ SENDGRID_PUBLIC_KEY: keys })[0]).to.match(/: may hold 4 keys$/);
  });
});
