import { Client, connectivityState, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { type Answer, accepted, NOT_OTLP, type Transport } from './answer.ts';
import type { OtlpOptions } from './options.ts';
import { credentialsOf, proxyFor } from './proxy.ts';
import { readStatus } from './status.ts';

const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
/** https://opentelemetry.io/docs/specs/otlp/#failures */
const RETRYABLE = [status.CANCELLED, status.ABORTED, status.OUT_OF_RANGE, status.UNAVAILABLE, status.DATA_LOSS];
/** Of these a backend may ask for a pause. https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-throttling */
const THROTTLING = [status.UNAVAILABLE, status.RESOURCE_EXHAUSTED];
/** A backend that comes back is found within this time; gRPC's own default is two minutes. */
const LONGEST_RECONNECT_MS = 10_000;

const unchanged = (bytes: Buffer): Buffer => bytes;

/** OTLP over gRPC, on one connection for as long as it answers. */
export function grpcTransport(options: OtlpOptions): Transport {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(options.headers)) metadata.set(key, value);
  let client = connect(options);
  /**
   * A connection that a firewall forgot looks alive for a quarter of an hour: after silence another one takes its place.
   * Only one that was up: gRPC goes on with one that is not, and each that is given up may linger.
   */
  const reconnect = () => {
    if (client.getChannel().getConnectivityState(false) !== connectivityState.READY) return;
    client.close();
    client = connect(options);
  };
  return {
    send: (body, timeoutMs, stop) =>
      new Promise((resolve) => {
        const call = client.makeUnaryRequest(
          EXPORT,
          unchanged,
          unchanged,
          Buffer.from(body),
          metadata,
          { deadline: Date.now() + timeoutMs },
          (error, response) => {
            stop.removeEventListener('abort', cancel);
            if (error?.code === status.DEADLINE_EXCEEDED) reconnect();
            resolve(error ? failed(error, timeoutMs, stop.aborted) : taken(response));
          },
        );
        const cancel = () => call.cancel();
        stop.addEventListener('abort', cancel);
      }),
    close: () => client.close(),
  };
}

function connect({ url, compression, tls }: OtlpOptions): Client {
  const { host, protocol } = new URL(url);
  const target = host.includes(':', host.lastIndexOf(']') + 1) ? host : `${host}:${protocol === 'https:' ? 443 : 80}`;
  const proxy = proxyFor(url);
  return new Client(
    proxy ? `${proxy.hostname}:${proxy.port || 80}` : target,
    protocol === 'https:'
      ? credentials.createSsl(tls?.ca ?? null, tls?.key ?? null, tls?.cert ?? null)
      : credentials.createInsecure(),
    {
      'grpc.default_compression_algorithm': compression === 'gzip' ? 2 : 0,
      'grpc.primary_user_agent': 'twilio-otel-agent',
      'grpc.max_reconnect_backoff_ms': LONGEST_RECONNECT_MS,
      // Else another client would go on with the connection of the one before.
      'grpc.use_local_subchannel_pool': 1,
      // By itself it reads the variables in lower case only, and takes the one of https for whatever there is.
      'grpc.enable_http_proxy': 0,
      ...(proxy ? throughProxy(target, credentialsOf(proxy)) : {}),
    },
  );
}

/** What gRPC itself would set for a proxy that it found. */
const throughProxy = (target: string, proxyCredentials: string) => ({
  'grpc.http_connect_target': `dns:${target}`,
  'grpc.default_authority': target,
  ...(proxyCredentials === '' ? {} : { 'grpc.http_connect_creds': proxyCredentials }),
});

function taken(response: Buffer | undefined): Answer {
  try {
    return accepted(ProtobufMetricsSerializer.deserializeResponse(response ?? Buffer.alloc(0)).partialSuccess);
  } catch {
    return { outcome: 'success', words: NOT_OTLP };
  }
}

function failed({ code, details, metadata }: ServiceError, timeoutMs: number, stopped: boolean): Answer {
  if (code === status.DEADLINE_EXCEEDED || stopped) {
    return { outcome: 'timeout', words: `no answer within ${timeoutMs} ms` };
  }
  const words = `${status[code] ?? code}: ${details}`;
  const [trailer] = metadata?.get('grpc-status-details-bin') ?? [];
  const { retryAfterMs } = Buffer.isBuffer(trailer) ? readStatus(trailer) : {};
  // Who asks for a pause is there, and took nothing.
  const asked = retryAfterMs !== undefined && THROTTLING.includes(code);
  if (asked) return { outcome: 'unavailable', words, untouched: true, retryAfterMs };
  return { outcome: RETRYABLE.includes(code) ? 'unavailable' : 'rejected', words };
}
