import type { z } from 'zod';
import { choice, duration, flag, pairs, text } from '../values.ts';
import { section } from './section.ts';

/** Defaults that are cut to the interval where that is shorter. */
export const OTLP_DEFAULTS = { timeoutMs: 10_000, maxElapsedMs: 30_000 } as const;

const seconds = (ms: number) => `${ms / 1_000}s`;

const retries = section({
  enabled: flag(true).describe('Whether there is another attempt.'),
  initial_interval: duration('1s', { min: '10ms', max: '5m' }).describe(
    'The first pause; each is half as long again as the one before.',
  ),
  max_interval: duration('5s', { min: '10ms', max: '5m' }).describe('The longest pause.'),
  max_elapsed_time: duration(seconds(OTLP_DEFAULTS.maxElapsedMs), {
    min: '100ms',
    max: '1h',
    bareUnit: 'ms',
  }).describe('How long one push may take with all its attempts, at most the interval; a bare number is in ms.'),
}).describe(
  'Another attempt when the backend could not be reached or asks for one. Deltas are sent again only when it certainly took none of them. A backend that asks to be left alone (`Retry-After`, or `RetryInfo` of gRPC) is, also beyond the push and its interval, for 5 minutes at most.',
);

const tls = section({
  insecure: flag(false).describe('For `grpc` without a scheme: plain text instead of TLS.'),
  ca_file: text().describe("File of the CA that signed the backend's certificate, in PEM."),
  cert_file: text().describe("File of the client's certificate, in PEM."),
  key_file: text().describe("File of the client's key, in PEM, without a passphrase."),
});

/** One OTLP exporter, `otlp` or `otlp/<name>`. */
export const otlp = section({
  endpoint: text().describe(
    'Base URL of the push; `/v1/metrics` is appended for HTTP. For `grpc` `host:port` will do.',
  ),
  metrics_endpoint: text().describe('Full URL of the push, used as it is; goes before `endpoint`.'),
  protocol: choice(['http/protobuf', 'http/json', 'grpc'], 'http/protobuf').describe('How to push.'),
  headers: pairs().describe(
    'Headers of each push, such as the key of a hosted backend. As text the values are percent-encoded.',
  ),
  compression: choice(['gzip', 'none'], 'gzip').describe('How pushes are compressed.'),
  timeout: duration(seconds(OTLP_DEFAULTS.timeoutMs), { min: '100ms', max: '5m', bareUnit: 'ms' }).describe(
    'How long one attempt of a push may take, at most the interval; a bare number is in ms.',
  ),
  retry_on_failure: retries,
  interval: duration('60s', { min: '100ms', max: '1h', bareUnit: 'ms' }).describe(
    'How often to push; a bare number is in ms.',
  ),
  temporality: choice(['cumulative', 'delta', 'lowmemory'], 'cumulative').describe(
    '`cumulative` (totals: nothing is lost by a failed push or a crash), `delta`, or `lowmemory` (deltas of counters and histograms, totals of what is observed).',
  ),
  tls,
}).describe(
  'OTLP push; off while both endpoints are empty. More exporters may stand beside it as `otlp/<name>`: they have the same keys, and no variables.',
);

export type OtlpConfig = z.output<typeof otlp>;
