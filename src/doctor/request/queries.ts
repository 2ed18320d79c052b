/** A query with its question mark, or nothing, and what was done to it on the way, if that is what was signed. */
export interface SignedQuery {
  readonly query: string;
  readonly change?: 'query re-encoded' | 'query order' | 'query added' | 'query dropped' | 'bodySHA256 dropped';
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
const upper = (text: string) => text.replaceAll(/%[0-9a-f]{2}/gi, (hex) => hex.toUpperCase());
const lower = (text: string) => text.replaceAll(/%[0-9a-f]{2}/gi, (hex) => hex.toLowerCase());

/** Each name and value on its own, so that separators stay what they are. */
const each = (query: string, change: (text: string) => string): string =>
  query
    .split('&')
    .map((pair) => pair.split('=').map(change).join('='))
    .join('&');

const RE_ENCODED: readonly ((query: string) => string)[] = [
  (query) => query,
  (query) => query.replaceAll('~', '%7E'),
  (query) => query.replaceAll(/%7e/gi, '~'),
  (query) => each(query, decoded),
  (query) => each(query, (text) => encodeURIComponent(decoded(text))),
  (query) => each(query, (text) => encodeURIComponent(decoded(text.replaceAll('+', ' ')))),
  (query) => each(query, (text) => encodeURI(decoded(text))),
  (query) => new URLSearchParams(query).toString(),
  (query) => query.replaceAll('+', '%20'),
  (query) => query.replaceAll('%20', '+'),
  (query) => query.replaceAll(/%2b/gi, '+'),
  (query) => query.replaceAll(/%25(?=[0-9a-f]{2})/gi, '%'),
  (query) => query.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'),
  (query) => each(query, (text) => encodeURIComponent(text)),
  upper,
  lower,
  (query) => query.replaceAll(/=(?=&|$)/g, ''),
  (query) => query.replaceAll(/(^|&)([^=&]+)(?=&|$)/g, '$1$2='),
  (query) => query.replaceAll('&amp;', '&'),
];

/** What may have been signed where this is what arrived. */
export function candidateQueries(query: string | undefined, bodyHash: string | undefined): SignedQuery[] {
  const asIs: SignedQuery = { query: query === undefined ? '' : `?${query}` };
  const more: SignedQuery[] = [{ query: query === '' ? '' : '?', change: 'query re-encoded' }];
  if (bodyHash !== undefined) {
    const own = query ? `${query}&` : '';
    more.push({ query: `?${own}bodySHA256=${bodyHash}`, change: 'bodySHA256 dropped' });
  }
  if (query) {
    // Twice, because what stands in the way may have read it in one way and written it in another.
    for (const one of RE_ENCODED) {
      for (const two of RE_ENCODED) more.push({ query: `?${two(one(query))}`, change: 'query re-encoded' });
    }
    const pairs = query.split('&');
    more.push({ query: `?${[...pairs].sort().join('&')}`, change: 'query order' });
    more.push({ query: `?${[...pairs].reverse().join('&')}`, change: 'query order' });
    more.push({ query: '', change: 'query added' });
    for (const i of pairs.keys()) {
      const rest = pairs.filter((_, at) => at !== i).join('&');
      if (rest !== '') more.push({ query: `?${rest}`, change: 'query added' });
    }
  }
  const seen = new Set([asIs.query]);
  return [asIs, ...more.filter(({ query: one }) => !seen.has(one) && seen.add(one))];
}
