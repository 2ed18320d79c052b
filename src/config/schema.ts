/**
 * The configuration: every key with its default and its bounds, once. `otel-config/agent.yaml` documents each key and
 * equals this schema in an empty environment (a test compares them).
 */
import { z } from 'zod';
import {
  apiUrlRule,
  categoryRule,
  check,
  choice,
  cidrRule,
  count,
  duration,
  each,
  endpointRule,
  flag,
  list,
  pairs,
  publicUrlRule,
  size,
  text,
} from './values.ts';

/** A map of known keys only; each has a default, so the whole map has one. */
const section = <S extends z.ZodRawShape>(shape: S) =>
  z.preprocess((given) => (given === '' || given === null ? {} : given), z.strictObject(shape)).prefault({} as never);

const ACCOUNT_SID = /^AC[0-9a-f]{32}$/;
const accountSidRule = (sid: string) =>
  sid === '' || ACCOUNT_SID.test(sid) ? undefined : 'must be an account SID: AC and 32 lower-case hex digits';
const tokenRule = (token: string) =>
  /\s/.test(token) ? 'must not contain white space: was it copied with a line end?' : undefined;
const secret = () => check(text(), tokenRule);
const publicUrls = () => check(list(), each(publicUrlRule));
const pathRule = (path: string) =>
  /^(?:\/[\w.~-]+)+$/.test(path) ? undefined : 'must be a path such as /webhooks, without a slash at its end';

const family = section({ public_urls: publicUrls() });

const twilio = section({
  endpoint: check(text(':8080'), (value) => endpointRule(value === '' ? 'none' : value)),
  path: check(text('/webhooks'), pathRule),
  public_urls: publicUrls(),
  trusted_proxies: check(list(), each(cidrRule)),
  account_sid: check(text(), accountSidRule),
  auth_token: secret(),
  auth_token_secondary: secret(),
  accounts: z
    .array(
      z.strictObject({
        account_sid: check(text(), (sid) => accountSidRule(sid) ?? (sid === '' ? 'is required' : undefined)),
        auth_tokens: check(list(), (tokens) => {
          if (tokens.length === 0) return 'needs at least one token';
          return tokens.length > 4 ? 'may hold four tokens' : each(tokenRule)(tokens);
        }),
      }),
    )
    .default([]),
  allow_unsigned: flag(false),
  storage: choice(['file_storage', 'memory'], 'file_storage'),
  families: section({ message: family, call: family }),
  max_body_size: size('64KiB', { min: '1KiB', max: '1MiB' }),
  max_url_size: size('8KiB', { min: '256B', max: '16KiB' }),
  max_headers: count(100, { min: 10, max: 1000 }),
  max_header_size: size('16KiB', { min: '1KiB', max: '64KiB' }),
  max_parameters: count(200, { min: 10, max: 10_000 }),
  max_parameter_name_size: size('256B', { min: '32B', max: '16KiB' }),
  max_parameter_value_size: size('16KiB', { min: '256B', max: '1MiB' }),
  max_connections: count(12_000, { min: 1, max: 1_000_000 }),
  max_requests_per_connection: count(1_000, { min: 1, max: 1_000_000 }),
  max_requests_in_flight: count(10_000, { min: 1, max: 1_000_000 }),
  max_bytes_in_flight: size('64MiB', { min: '64KiB', max: '16GiB' }),
  headers_timeout: duration('5s', { min: '100ms', max: '60s' }),
  request_timeout: duration('10s', { min: '100ms', max: '60s' }),
  keep_alive_timeout: duration('65s', { min: '1s', max: '10m' }),
  connections_check_interval: duration('1s', { min: '50ms', max: '30s' }),
  shutdown_delay: duration('0s', { max: '5m' }),
  shutdown_timeout: duration('8s', { min: '100ms', max: '60s' }),
});

const apiKeyRule = (sid: string) =>
  sid === '' || /^SK[0-9a-fA-F]{32}$/.test(sid) ? undefined : 'must be an API key SID: SK and 32 hex digits';

/** One thing that is read from the REST API again and again. */
const scraper = (interval: string) => ({
  enabled: flag(true),
  collection_interval: duration(interval, { min: '1s', max: '1d' }),
  initial_delay: duration('5s', { max: '1h' }),
  timeout: duration('10s', { min: '100ms', max: '5m' }),
});

const twilioApi = section({
  endpoint: check(text('https://api.twilio.com'), apiUrlRule),
  accounts: check(
    z
      .array(
        section({
          account_sid: check(text(), accountSidRule),
          auth_token: secret(),
          api_key: check(text(), apiKeyRule),
          api_secret: secret(),
        }),
      )
      .prefault([{}]),
    (accounts) => (accounts.length > 1 ? 'may hold one account for now' : undefined),
  ),
  scrapers: section({
    balance: section(scraper('5m')),
    usage: section({ ...scraper('15m'), categories: check(list(), each(categoryRule)) }),
  }),
});

/** What every keeping of the ledger has in common. */
const bounds = (entries: number) => ({
  window: duration('7d', { min: '1m', max: '90d' }),
  max_entries: count(entries, { min: 1_000, max: 1_000_000_000 }),
});

const temporality = choice(['cumulative', 'delta', 'lowmemory'], 'cumulative');

/** Defaults that are cut to the interval where that is shorter. */
export const OTLP_DEFAULTS = { timeoutMs: 10_000, maxElapsedMs: 30_000 } as const;

/** One OTLP exporter, `otlp` or `otlp/<name>`. */
const otlp = section({
  endpoint: text(),
  metrics_endpoint: text(),
  protocol: choice(['http/protobuf', 'http/json', 'grpc'], 'http/protobuf'),
  headers: pairs(),
  compression: choice(['gzip', 'none'], 'gzip'),
  timeout: duration(`${OTLP_DEFAULTS.timeoutMs}ms`, { min: '100ms', max: '5m', bareUnit: 'ms' }),
  retry_on_failure: section({
    enabled: flag(true),
    initial_interval: duration('1s', { min: '10ms', max: '5m' }),
    max_interval: duration('5s', { min: '10ms', max: '5m' }),
    max_elapsed_time: duration(`${OTLP_DEFAULTS.maxElapsedMs}ms`, { min: '100ms', max: '1h', bareUnit: 'ms' }),
  }),
  interval: duration('60s', { min: '100ms', max: '1h', bareUnit: 'ms' }),
  temporality,
  tls: section({
    insecure: flag(false),
    ca_file: text(),
    cert_file: text(),
    key_file: text(),
  }),
});

const NAMED_OTLP = /^otlp(?:\/[\w.-]+)?$/;

export const SCHEMA = section({
  receivers: section({ twilio, twilio_api: twilioApi }),
  processors: section({}),
  exporters: z
    .preprocess(
      (given) => ({ prometheus: {}, otlp: {}, ...((given ?? {}) as object) }),
      z
        .object({
          prometheus: section({ endpoint: check(text(), endpointRule), path: check(text('/metrics'), pathRule) }),
          otlp,
        })
        .catchall(z.unknown())
        .transform((exporters, context) => {
          const { prometheus, ...rest } = exporters;
          const pushers: Record<string, z.output<typeof otlp>> = {};
          for (const [id, value] of Object.entries(rest)) {
            if (id === 'otlp') {
              pushers[id] = exporters.otlp;
              continue;
            }
            if (!NAMED_OTLP.test(id)) {
              context.addIssue({ code: 'unrecognized_keys', keys: [id], input: exporters });
              continue;
            }
            const parsed = otlp.safeParse(value);
            if (parsed.success) pushers[id] = parsed.data;
            else
              for (const issue of parsed.error.issues)
                context.addIssue({ ...issue, path: [id, ...issue.path] } as never);
          }
          return { prometheus, otlp: pushers };
        }),
    )
    .prefault({}),
  extensions: section({
    health_check: section({}),
    file_storage: section({
      directory: check(text('./data'), (path) => (path === '' ? 'must name a folder' : undefined)),
      ...bounds(10_000_000),
    }),
    memory: section(bounds(500_000)),
  }),
  service: section({
    extensions: list(['health_check', 'file_storage']),
    pipelines: section({
      metrics: section({
        receivers: list(['twilio', 'twilio_api']),
        processors: list(),
        // OTEL_METRICS_EXPORTER=none is OpenTelemetry's word for no exporter at all.
        exporters: list(['prometheus', 'otlp']).transform((ids) => (ids.join() === 'none' ? [] : ids)),
      }),
    }),
    telemetry: section({
      logs: section({
        level: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'info'),
        encoding: choice(['auto', 'json', 'console'], 'auto'),
      }),
      resource: section({
        service_name: text(),
        attributes: pairs(),
      }),
    }),
  }),
});

export type Config = z.output<typeof SCHEMA>;
export type TwilioConfig = Config['receivers']['twilio'];
export type TwilioApiConfig = Config['receivers']['twilio_api'];
export type OtlpConfig = z.output<typeof otlp>;

/** Keys whose values are never printed. */
export const SECRET_KEY = /^(?:auth_tokens?|auth_token_secondary|api_key|api_secret|headers)$/;
