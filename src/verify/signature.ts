import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Pairs } from '../families/form.ts';

/** A key made once per auth token, so that the token itself is not kept beside the requests. */
export const signingKey = (authToken: string): KeyObject => createSecretKey(Buffer.from(authToken, 'utf8'));

/**
 * What Twilio signs after the URL: each name and value, sorted by name, without separators; of a repeated name the
 * distinct values, sorted. https://www.twilio.com/docs/usage/security#validating-requests
 */
export function signedText(pairs: Pairs): string {
  const sorted = [...pairs].sort(byName);
  let text = '';
  for (let i = 0; i < sorted.length; i++) {
    const [name, value] = sorted[i]!;
    if (sorted[i + 1]?.[0] !== name) {
      text += name + value;
      continue;
    }
    const values = new Set([value]);
    while (sorted[i + 1]?.[0] === name) values.add(sorted[++i]![1]);
    for (const each of [...values].sort()) text += name + each;
  }
  return text;
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] === b[0]) return 0;
  return a[0] < b[0] ? -1 : 1;
}

/** The signature of a URL and the text after it: base64 of HMAC-SHA1, 28 characters. */
export function sign(key: KeyObject, url: string, text: string): string {
  return createHmac('sha1', key)
    .update(url + text, 'utf8')
    .digest('base64');
}

/** True when the signature is the right one; takes the same time wherever it differs. */
export function matches(key: KeyObject, url: string, text: string, signature: string): boolean {
  if (signature.length !== 28) return false;
  const given = Buffer.from(signature, 'latin1');
  return timingSafeEqual(Buffer.from(sign(key, url, text), 'latin1'), given);
}
