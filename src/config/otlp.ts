import { validateHeaderName, validateHeaderValue } from 'node:http';
import { proxyFor } from '../../instrumentation/otlp/proxy.ts';
import { readCertificates } from './rules/certificates.ts';
import type { RuleProblem } from './rules/rules.ts';
import { type Config, OTLP_DEFAULTS, type OtlpConfig } from './schema.ts';

type Complain = (path: string, message: string, ...reads: string[]) => void;

/** The full URL that an exporter pushes to; of gRPC's only scheme, host and port count. */
export function otlpUrl({ protocol, endpoint, metrics_endpoint, tls }: OtlpConfig): string {
  if (protocol !== 'grpc') return metrics_endpoint || `${endpoint.replace(/\/$/, '')}/v1/metrics`;
  const given = metrics_endpoint || endpoint;
  return given.includes('://') ? given : `${tls.insecure ? 'http' : 'https'}://${given}`;
}

/** What must hold for the exporters that the pipeline names. */
export function otlpProblems(config: Config): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const targets = new Map<string, string>();
  for (const id of config.service.pipelines.metrics.exporters) {
    const otlp = config.exporters.otlp[id];
    if (!otlp || !(otlp.endpoint || otlp.metrics_endpoint)) continue;
    const key = `exporters.${id}`;
    const complain: Complain = (name, message, ...reads) =>
      problems.push({ path: `${key}.${name}`, message, reads: reads.map((read) => `${key}.${read}`) });
    const good = checkEndpoint(otlp, complain);
    checkHeaders(otlp, complain);
    checkTimes(otlp, complain);
    for (const { name, message } of readCertificates(otlp.tls).problems) complain(`tls.${name}`, message);
    if (!good) continue;
    checkProxy(otlp, complain);
    const target = JSON.stringify([
      new URL(otlpUrl(otlp)).href,
      // Who it is that pushes: a backend may tell its tenants by either.
      Object.entries(otlp.headers).sort(),
      otlp.tls.cert_file,
    ]);
    const twin = targets.get(target);
    if (twin)
      complain(
        otlp.metrics_endpoint ? 'metrics_endpoint' : 'endpoint',
        `is where ${twin} pushes the same to already, with the same headers`,
      );
    targets.set(target, id);
  }
  return problems;
}

function checkEndpoint(otlp: OtlpConfig, complain: Complain): boolean {
  const name = otlp.metrics_endpoint ? 'metrics_endpoint' : 'endpoint';
  const grpc = otlp.protocol === 'grpc';
  const given = otlp[name];
  const valid =
    URL.canParse(otlpUrl(otlp)) &&
    (grpc ? /^(?:https?:\/\/)?[^/?#\s@]+\/?$/ : /^https?:\/\/[^/?#\s@]+(?:\/[^?#\s]*)?$/).test(given);
  if (valid) return true;
  complain(
    name,
    grpc
      ? 'must be host:port, or an http or https URL without a path, for example localhost:4317'
      : 'must be an http or https URL without credentials, "?" and "#", for example http://localhost:4318',
    'protocol',
    'tls.insecure',
  );
  return false;
}

/** A proxy that cannot be used would be found out by each push. */
function checkProxy(otlp: OtlpConfig, complain: Complain): void {
  const name = otlp.metrics_endpoint ? 'metrics_endpoint' : 'endpoint';
  try {
    const proxy = proxyFor(otlpUrl(otlp));
    if (proxy?.protocol === 'https:' && otlp.protocol === 'grpc') {
      complain(name, 'cannot be reached: gRPC speaks to a proxy by http only, and the environment names one by https');
    }
  } catch (error) {
    complain(name, `cannot be reached: ${(error as Error).message}`);
  }
}

/** What says how the body is to be read. */
const WRITTEN = ['connection', 'content-encoding', 'content-length', 'content-type', 'transfer-encoding'];

function checkHeaders({ headers, protocol }: OtlpConfig, complain: Complain): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      complain('headers', `holds a header that cannot be sent: ${JSON.stringify(name)}`);
      continue;
    }
    if (WRITTEN.includes(name.toLowerCase())) {
      complain('headers', `holds a header that the exporter writes itself: ${JSON.stringify(name)}`);
    }
    // What ends in -bin would be bytes. https://grpc.io/docs/guides/metadata/
    if (protocol === 'grpc' && (!/^[\w.-]+$/.test(name) || /-bin$/i.test(name))) {
      complain('headers', `holds a header that gRPC cannot send: ${JSON.stringify(name)}`, 'protocol');
    }
    if (protocol === 'grpc' && !/^[\x20-\x7e]*$/.test(value)) {
      complain(
        'headers',
        `holds a value that gRPC cannot send, only ASCII can be: ${JSON.stringify(name)}`,
        'protocol',
      );
    }
  }
}

/** A default that is longer than the interval is cut to it; a time that somebody chose is not. */
function checkTimes(otlp: OtlpConfig, complain: Complain): void {
  const tooLong = (ms: number, fallback: number) => ms > otlp.interval && ms !== fallback;
  const message = `must not be longer than interval (${otlp.interval} ms)`;
  if (tooLong(otlp.timeout, OTLP_DEFAULTS.timeoutMs)) complain('timeout', message, 'interval');
  if (tooLong(otlp.retry_on_failure.max_elapsed_time, OTLP_DEFAULTS.maxElapsedMs)) {
    complain('retry_on_failure.max_elapsed_time', message, 'interval');
  }
}
