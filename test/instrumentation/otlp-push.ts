import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { OtlpOptions } from '../../instrumentation/otlp/options.ts';
import { otlpPush, type Push } from '../../instrumentation/otlp/push.ts';

export const SECRET = 'very-secret-key';
export const OPTIONS: Omit<OtlpOptions, 'url'> = {
  id: 'otlp',
  protocol: 'http/json',
  headers: { 'api-key': SECRET },
  compression: 'gzip',
  timeoutMs: 300,
  intervalMs: 60_000,
  temporality: 'cumulative',
  retry: { enabled: true, initialIntervalMs: 10, maxIntervalMs: 20, maxElapsedMs: 1_000 },
};

/** One exporter with one counter, pushed by hand; time stands still for its pauses until `nowMs` is moved. */
export async function pusher(url: string, options: Partial<OtlpOptions> = {}) {
  const pushes: Push[] = [];
  const time = { nowMs: 0 };
  const { reader, exporter } = await otlpPush(
    { ...OPTIONS, ...options, url },
    {
      base: () => ({ startTimeMs: 0, totals: new Map() }),
      monotonicMs: () => time.nowMs,
      onPush: (each) => pushes.push(each),
    },
  );
  const provider = new MeterProvider({ resource: resourceFromAttributes({}), readers: [reader] });
  const events = provider.getMeter('test').createCounter('events');
  return { pushes, time, exporter, provider, count: () => events.add(1), push: () => reader.forceFlush() };
}
