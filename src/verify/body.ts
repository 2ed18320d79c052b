/** How a body names its account, in the one spelling or the other; it must not be parsed before it is verified. */
const ACCOUNT = /\\{0,3}"(?:accountSid|account_sid|AccountSid|accountId)\\{0,3}"\s*:\s*\\{0,3}"(AC[0-9a-f]{32})/;
const ACCOUNT_WITHIN = 65_536;

/** The account that the first event of a batch names, also in JSON inside a text. It is the sender's word. */
export const accountOf = (body: Buffer): string | undefined =>
  ACCOUNT.exec(body.toString('latin1', 0, ACCOUNT_WITHIN))?.[1];

/** The one hash that a query names: 64 lower-case hex digits, given once. */
export function bodyHash(query: string): string | undefined {
  const hashes = query.split('&').filter((pair) => pair.startsWith('bodySHA256'));
  return hashes.length === 1 ? /^bodySHA256=([0-9a-f]{64})$/.exec(hashes[0]!)?.[1] : undefined;
}
