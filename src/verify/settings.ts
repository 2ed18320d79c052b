import type { IncomingMessage } from 'node:http';

/** The header that says with which key a request is signed, and how. It is signed by nobody. */
export const SETTINGS = 'x-twilio-webhooks-signature-settings';

const KEY = /^webhooks_sharedkey_[A-Za-z0-9]{1,100}$/;

/**
 * The shared key that a request asks to be verified with; `token` where it is signed as ever, by an auth token and SHA-1;
 * `undefined` where the header cannot be followed. https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
 */
export function signatureSettings({ headers, rawHeaders }: IncomingMessage): string | undefined {
  let given = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === SETTINGS) given++;
  if (given !== 1) return undefined;
  const pairs = String(headers[SETTINGS])
    .split(',')
    .map((pair) => pair.trim().split('='));
  const settings = new Map(pairs.map(([name = '', value = '']) => [name, value]));
  if (settings.size !== pairs.length || pairs.some((pair) => pair.length !== 2)) return undefined;
  const algorithm = settings.get('algorithm');
  const key = settings.get('key');
  if (algorithm === undefined || algorithm === 'HMAC_SHA1')
    return key === undefined || !KEY.test(key) ? 'token' : undefined;
  return algorithm === 'HMAC_SHA256' && key !== undefined && KEY.test(key) ? key : undefined;
}
