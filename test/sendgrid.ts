import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export const SIGNATURE = 'X-Twilio-Email-Event-Webhook-Signature';
export const TIMESTAMP = 'X-Twilio-Email-Event-Webhook-Timestamp';

/** A key pair as SendGrid makes one, and its public part as the settings page shows it. */
export interface Signer {
  readonly privateKey: KeyObject;
  readonly shown: string;
}

export function newSigner(curve = 'P-256'): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
  return { privateKey, shown: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
}

/** The signature of SendGrid: of the time and of the bytes of the body behind it. */
export const emailSignature = ({ privateKey }: Signer, timestamp: string, body: string | Buffer): Buffer =>
  createSign('sha256').update(timestamp).update(body).sign(privateKey);
