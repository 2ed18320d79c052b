import type { Config } from '../../config/schema.ts';
import { signedVariants } from '../../verify/public-url.ts';
import type { SentRequest } from './sent.ts';

/** A URL, without its query, that Twilio may have signed, and how it differs from what the agent takes it to be. */
export interface SignedUrl {
  readonly url: string;
  readonly changes: readonly UrlChange[];
}
export type UrlChange = 'scheme' | 'host' | 'port' | 'prefix' | 'slash' | 'path';

export interface Parts {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
}

/** Takes a URL apart without changing a letter of it. */
export const partsOf = (url: string): Parts | undefined => {
  const [, scheme = '', host = '', port = '', path = ''] =
    /^(https?):\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?]*)(?::(\d+))?(.*)$/is.exec(url) ?? [];
  return scheme === '' || host === '' ? undefined : { scheme: scheme.toLowerCase(), host, port, path };
};

/** The URLs that the agent itself would try for such a request. */
export function triedUrls({ receivers: { twilio } }: Config, sent: SentRequest): string[] {
  const family = sent.path.startsWith(`${twilio.path}/`) ? sent.path.slice(twilio.path.length + 1) : '';
  const own = Object.hasOwn(twilio.families, family) ? (twilio.families[family]?.public_urls ?? []) : [];
  const bases = twilio.public_urls.map((base) => base.replace(/\/+$/, '') + agentPath(sent.path, twilio.public_urls));
  const configured = [...own, ...bases];
  const urls = configured.length > 0 ? configured : arrived(sent).map((origin) => origin + sent.path);
  return [...new Set(urls.flatMap(signedVariants))];
}

/** The path as the agent sees it: a file may have been written down before the proxy that strips the prefix. */
function agentPath(path: string, bases: readonly string[]): string {
  for (const base of bases) {
    const prefix = (partsOf(base)?.path ?? '').replace(/\/+$/, '');
    if (prefix !== '' && path.startsWith(`${prefix}/`)) return path.slice(prefix.length);
  }
  return path;
}

/** Scheme and authority as the request itself has them. */
function arrived({ origin, headers }: SentRequest): string[] {
  if (origin !== undefined) return [origin];
  const host = headers.get('host');
  return host === undefined ? [] : [`http://${host}`];
}

/** All URLs that are worth a try, those first that differ least from what the agent tries. */
export function candidateUrls(config: Config, sent: SentRequest): SignedUrl[] {
  const tried = triedUrls(config, sent);
  const { twilio } = config.receivers;
  const forwarded = [sent.headers.get('x-forwarded-host'), sent.headers.get('x-original-host')];
  const known = [
    ...tried,
    ...arrived(sent),
    ...forwarded.flatMap((host) => (host ? [`https://${host.split(',')[0]!.trim()}`] : [])),
    ...Object.values(twilio.families).flatMap(({ public_urls = [] }) => public_urls),
  ].flatMap((url) => partsOf(url) ?? []);
  const schemes = ['https', 'http'];
  const hosts = new Set(known.flatMap(({ host }) => [host, host.toLowerCase()]));
  const ports = new Set(['', '443', '80', '8080', ...known.map(({ port }) => port), portOf(twilio.endpoint)]);
  const paths = candidatePaths(config, sent, known);
  const references = tried.flatMap((url) => partsOf(url) ?? []);
  const found = new Map<string, SignedUrl>(tried.map((url) => [url, { url, changes: [] }]));
  for (const scheme of schemes) {
    for (const host of hosts) {
      for (const port of ports) {
        for (const path of paths) {
          const url = `${scheme}://${host}${port === '' ? '' : `:${port}`}${path}`;
          if (!found.has(url)) found.set(url, { url, changes: nearest({ scheme, host, port, path }, references) });
        }
      }
    }
  }
  return [...found.values()].sort((a, b) => a.changes.length - b.changes.length);
}

const portOf = (endpoint: string): string => /:(\d+)$/.exec(endpoint)?.[1] ?? '';

/** A prefix that a proxy took away is nowhere in the request, unless the proxy says so: these are the usual ones. */
const USUAL_PREFIXES = [
  'twilio',
  'api',
  'webhooks',
  'hooks',
  'callbacks',
  'otel',
  'telemetry',
  'agent',
  'twilio-otel-agent',
];
const PREFIX_HEADERS = ['x-forwarded-prefix', 'x-script-name'];
const PATH_HEADERS = ['x-original-uri', 'x-original-url', 'x-forwarded-uri', 'x-envoy-original-path'];

function candidatePaths({ receivers: { twilio } }: Config, sent: SentRequest, known: readonly Parts[]): Set<string> {
  const { path } = sent;
  const prefixes = twilio.public_urls.map((url) => (partsOf(url)?.path ?? '').replace(/\/+$/, ''));
  const some = [
    path,
    ...known.map((each) => each.path).filter((each) => each !== ''),
    ...prefixes.map((prefix) => prefix + path),
    ...[...prefixes, twilio.path].flatMap((prefix) =>
      path.startsWith(`${prefix}/`) ? [path.slice(prefix.length)] : [],
    ),
    twilio.path + path,
    ...USUAL_PREFIXES.map((prefix) => `/${prefix}${path}`),
    ...PREFIX_HEADERS.flatMap((name) => (sent.headers.has(name) ? [`${sent.headers.get(name)}${path}`] : [])),
    ...PATH_HEADERS.flatMap((name) => (sent.headers.has(name) ? [sent.headers.get(name)!.replace(/\?.*$/s, '')] : [])),
    // One more step that a proxy took away or put before it.
    path.replace(/^\/[^/]+(?=\/)/, ''),
  ];
  const slashed = some.flatMap((each) => [each, each.endsWith('/') ? each.replace(/\/+$/, '') : `${each}/`]);
  return new Set([...slashed, ...slashed.map(decoded), ...slashed.map((each) => each.replaceAll(/\/{2,}/g, '/'))]);
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** How a URL differs from the one of the agent's that is most like it. */
function nearest(given: Parts, references: readonly Parts[]): UrlChange[] {
  const all = references.map((reference) => differences(given, reference));
  return all.sort((a, b) => a.length - b.length)[0] ?? ['host'];
}

/** In what the URL that was signed is not the one that is taken for it. */
export function differences(given: Parts, reference: Parts): UrlChange[] {
  const changes: UrlChange[] = [];
  if (given.scheme !== reference.scheme) changes.push('scheme');
  if (given.host !== reference.host) changes.push('host');
  const standard = (parts: Parts) => parts.port || (parts.scheme === 'https' ? '443' : '80');
  const samePort = given.port === reference.port || standard(given) === standard(reference);
  // The port that a scheme stands for goes with the scheme.
  if (!samePort && !(changes.includes('scheme') && given.port === '' && reference.port === '')) changes.push('port');
  if (given.path !== reference.path) changes.push(pathChange(given.path, reference.path));
  return changes;
}

function pathChange(signed: string, taken: string): UrlChange {
  if (signed.replace(/\/+$/, '') === taken.replace(/\/+$/, '')) return 'slash';
  return signed.endsWith(taken) || taken.endsWith(signed) ? 'prefix' : 'path';
}
