import { AggregationTemporality, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createTelemetry, type Telemetry } from '../../instrumentation/provider.ts';
import { createResource } from '../../instrumentation/resource.ts';
import { suppliedValues } from '../../src/wiring/supplied.ts';

export const SUPPLIED = suppliedValues();
export const RESOURCE = createResource({ serviceName: '', version: '1.2.3', instanceId: 'instance', attributes: {} });

/** A reader that gives what the SDK collected, as it is. */
export class RawReader extends MetricReader {
  constructor(temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE) {
    super({ aggregationTemporalitySelector: () => temporality });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  async metrics(): Promise<ResourceMetrics> {
    return (await this.collect()).resourceMetrics;
  }
}

/** Instruments of the whole table with one reader. */
export const telemetry = (reader: RawReader): Telemetry => createTelemetry(RESOURCE, [reader], SUPPLIED);

/** The points of one metric. */
export const points = (metrics: ResourceMetrics, name: string) =>
  metrics.scopeMetrics.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name)
    ?.dataPoints ?? [];

/** Freezes everything that is reachable, so that a change of it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const each of Object.values(value)) deepFreeze(each);
  return Object.freeze(value);
}
