import { createHmac, hash } from 'node:crypto';

export type Pair = readonly [name: string, value: string];

/**
 * What Twilio writes into X-Twilio-Signature. It is not the verifier's code: what one of them got wrong the other one
 * would not find out. https://www.twilio.com/docs/usage/security#validating-requests
 */
export function sign(token: string, url: string, pairs: readonly Pair[] = []): string {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of pairs) byName.set(name, (byName.get(name) ?? new Set()).add(value));
  const text = [...byName.keys()].sort().flatMap((name) => [...byName.get(name)!].sort().map((value) => name + value));
  return createHmac('sha1', token)
    .update(url + text.join(''))
    .digest('base64');
}

/** The query by which the body of a request that is no form gets signed. */
export const bodyQuery = (body: string): string => `?bodySHA256=${hash('sha256', body, 'hex')}`;
