import { createPublicKey, type KeyObject } from 'node:crypto';

const PEM = /^-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----$/s;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * A public key for ECDSA on the curve P-256, from base64 as SendGrid's settings show it, or from PEM, whose line ends may be
 * written as `\n` or be lost. Else what is wrong with it, in words that go on after the name of a key.
 */
export function publicKey(text: string): KeyObject | string {
  const [, label = 'PUBLIC KEY', inner = text] = PEM.exec(text.trim()) ?? [];
  if (label.includes('PRIVATE')) return 'holds a private key: SendGrid keeps that one, and shows a public one';
  const base64 = inner.replaceAll(/\\[nr]|\s/g, '');
  if (label !== 'PUBLIC KEY' || !BASE64.test(base64)) return NO_KEY;
  const der = Buffer.from(base64, 'base64');
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return NO_KEY;
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return 'holds a key of another kind: SendGrid signs by ECDSA on the curve P-256';
  }
  return key.export({ format: 'der', type: 'spki' }).equals(der) ? key : NO_KEY;
}

const NO_KEY =
  "holds what is no public key: copy the whole verification key from SendGrid's settings, base64 that begins with MFkw, or PEM";
