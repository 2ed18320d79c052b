/**
 * The URLs under which Twilio may have signed a request to `url`: as given, and with or without the port, because
 * Twilio drops or adds it by product: at most two. A URL with credentials stands for the one without them too, which
 * makes four: Twilio's documentation says that they are not signed, the tests of its library sign them.
 */
export function signedVariants(url: string): readonly string[] {
  const bare = url.replace(/^(https?:\/\/)[^/?]*@/, '$1');
  return bare === url ? byPort(url) : [...byPort(bare), ...byPort(url)];
}

function byPort(url: string): readonly string[] {
  const match = /^(https?):\/\/([^/?]+)(.*)$/s.exec(url);
  if (!match) return [url];
  const [, scheme, authority = '', rest = ''] = match;
  const withoutPort = authority.replace(/:\d+$/, '');
  if (withoutPort !== authority) return [url, `${scheme}://${withoutPort}${rest}`];
  return [url, `${scheme}://${authority}:${scheme === 'https' ? 443 : 80}${rest}`];
}

/** Removes what a log line must not hold: the query, credentials, and what may be a SID or a number in a made-up Host. */
export function loggable(url: string): string {
  return url
    .replace(/\?.*$/s, '')
    .replace(/\/\/[^/]*@/, '//')
    .replaceAll(/\b[A-Z]{2}[0-9a-f]{32}\b|\d{7,}/gi, '***')
    .slice(0, 200);
}
