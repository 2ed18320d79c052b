/**
 * The host and the path of a URL, however somebody spells it: credentials, the port, the case of the host and the query do
 * not matter. Nothing for what is no URL.
 */
export function placeOf(url: string): string | undefined {
  if (!/^https?:/i.test(url)) return undefined;
  try {
    const { hostname, pathname } = new URL(url);
    return hostname + pathname;
  } catch {
    return undefined;
  }
}
