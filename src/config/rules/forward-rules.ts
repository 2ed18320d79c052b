import { readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { isLoopback, isSigned, listenOn, OWN_PATHS } from '../listen.ts';
import { type Config, type ForwardConfig, hasFallback } from '../schema.ts';
import { parseEndpoint } from '../values.ts';
import { readCertificates } from './certificates.ts';
import type { RuleProblem } from './rules.ts';

const MAX_BODY = 65_536;
const KEY = 'receivers.twilio.forward';

const of = (index: number, key: string, message: string, ...reads: string[]): RuleProblem => ({
  path: `${KEY}.${index}.${key}`,
  message,
  reads,
});

const routesOf = ({ receivers: { twilio } }: Config): readonly ForwardConfig[] => twilio.forward;

/** What must hold for the routes to the application, and between them. */
export function* forwardRoutes(config: Config): Iterable<RuleProblem> {
  const own = ownPaths(config);
  for (const [i, route] of routesOf(config).entries()) {
    if (route.path === '') yield of(i, 'path', 'is required');
    if (route.to === '') yield of(i, 'to', 'is required');
    const first = routesOf(config).findIndex(({ path }) => path === route.path);
    if (first < i) yield of(i, 'path', `is forwarded already by ${KEY}.${first}`, `${KEY}.${first}.path`);
    if (own.has(route.path)) yield of(i, 'path', `${route.path} is served by the agent itself: choose another path`);
    if (reachesItself(route.to, config)) {
      const message = 'is the agent itself, which would call itself for ever: name the application';
      yield of(i, 'to', message, 'receivers.twilio.endpoint', 'receivers.twilio.public_urls');
    }
    if (route.reject_unverified && !isSigned(config.receivers.twilio)) {
      const message = 'needs an auth token: without one nothing can be verified';
      yield of(i, 'reject_unverified', message, 'receivers.twilio.auth_token', 'receivers.twilio.accounts');
    }
    const { ca_file, insecure_skip_verify } = route.tls;
    if ((ca_file !== '' || insecure_skip_verify) && !route.to.startsWith('https:')) {
      yield of(i, 'tls', 'is for an https application, and this one is http', `${KEY}.${i}.to`);
    }
  }
}

/** The files that the routes name. Who only looks at the ledger does not need them. */
export function* forwardFiles(config: Config): Iterable<RuleProblem> {
  for (const [i, route] of routesOf(config).entries()) {
    for (const { name, message } of readCertificates({ ...route.tls, cert_file: '', key_file: '' }).problems) {
      yield of(i, `tls.${name}`, message);
    }
    const wrong = hasFallback(route) && route.fallback.body_file !== '' ? unreadable(route.fallback.body_file) : '';
    if (wrong !== '') yield of(i, 'fallback.body_file', wrong);
  }
}

function unreadable(file: string): string {
  try {
    if (statSync(file).size > MAX_BODY) return 'is larger than 64 KiB';
    readFileSync(file);
    return '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
    return `cannot be read: ${why}`;
  }
}

/** What the agent serves itself at the port where callbacks arrive. */
function ownPaths({ receivers: { twilio }, exporters: { prometheus } }: Config): ReadonlySet<string> {
  const feeds = Object.entries(twilio.families).flatMap(([name, { enabled }]) =>
    enabled ? [`${twilio.path}/${name}`] : [],
  );
  const page = prometheus.endpoint === '' ? [prometheus.path] : [];
  return new Set([...OWN_PATHS, ...page, ...feeds]);
}

/** True for an origin at which this agent listens, or under which Twilio reaches it. */
function reachesItself(to: string, { receivers: { twilio }, exporters: { prometheus } }: Config): boolean {
  if (to === '') return false;
  const { protocol, hostname: name, port } = new URL(to);
  const host = name.replace(/^\[|\]$/g, '').toLowerCase();
  const called = twilio.public_urls.some((url) => new URL(url).origin === new URL(to).origin);
  const scrape = parseEndpoint(prometheus.endpoint);
  const doors = [...listenOn(twilio), ...(scrape ? [scrape] : [])];
  const at = Number(port || (protocol === 'https:' ? 443 : 80));
  return called || doors.some((door) => door.port === at && (door.host === host || isThisMachine(host)));
}

function isThisMachine(host: string): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  return isLoopback(host) || ['0.0.0.0', '::', hostname().toLowerCase(), ...addresses].includes(host);
}
