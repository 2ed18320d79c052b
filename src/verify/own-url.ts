/**
 * True for a URL below one of the bases, or for one of the exact ones, however somebody else spells it: credentials, the
 * port, the case of the host and the query do not matter.
 */
export function isOneOf(url: string, bases: readonly string[], exact: readonly string[]): boolean {
  const place = placeOf(url);
  if (place === undefined) return false;
  return bases.some((base) => place.startsWith(`${placeOf(base)}/`)) || exact.some((each) => placeOf(each) === place);
}

/** The host and the path. */
function placeOf(url: string): string | undefined {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  return hostname + pathname;
}
