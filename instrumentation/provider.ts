import type { Resource } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import { createInstruments, type Instruments } from './instruments.ts';
import type { SuppliedValues } from './metrics.ts';

/**
 * The SDK's own limit counts new series per collection, not series, and folds what is over it into a series of its
 * own: the table's budgets bound the labels before they get here, so this limit must never be reached.
 */
export const SDK_SERIES_LIMIT = 100_000;

export interface Telemetry {
  readonly instruments: Instruments;
  /** Pushes what is left and closes the readers; waits for at most `timeoutMs`. */
  shutdown(timeoutMs: number): Promise<void>;
}

/** One meter, one set of instruments, as many readers as there are ways out. */
export function createTelemetry(
  resource: Resource,
  readers: IMetricReader[],
  supplied: SuppliedValues,
  /** Called before the last pushes, so that none under way takes their time. */
  onShutdown: () => void = () => {},
): Telemetry {
  const provider = new MeterProvider({ resource, readers });
  return {
    instruments: createInstruments(provider.getMeter('twilio-otel-agent'), supplied),
    async shutdown(timeoutMs) {
      onShutdown();
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
      await Promise.race([provider.shutdown({ timeoutMillis: timeoutMs }).catch(() => {}), deadline]);
    },
  };
}
