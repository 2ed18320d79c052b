import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { METRICS } from '../../instrumentation/metrics.ts';
import { outgoing } from '../../instrumentation/outgoing.ts';
import { createTelemetry } from '../../instrumentation/provider.ts';
import { suppliedValues } from '../../src/wiring/supplied.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

describe('a gauge that ended', () => {
  for (const temporality of ['CUMULATIVE', 'DELTA'] as const) {
    for (const scrape of [true, false]) {
      it(`leaves the ${scrape ? 'page' : 'push'} with ${temporality} points, series by series, and may return`, async () => {
        const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality[temporality] });
        const { instruments } = createTelemetry(resourceFromAttributes({}), [reader], suppliedValues());
        const shown = async () => {
          const base = { startTimeMs: 0, totals: new Map() };
          const { resourceMetrics } = await reader.collect();
          const { scopeMetrics } = outgoing(resourceMetrics, { base, scrape, cumulativeHistograms: true });
          return scopeMetrics
            .flatMap(({ metrics }) => metrics)
            .filter(({ descriptor }) => descriptor.name === METRICS.accountBalance.name)
            .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes['currency'], value]));
        };
        const readings: [currency: string, value: number][][] = [
          [
            ['EUR', 1],
            ['USD', 2],
          ],
          [['USD', 3]],
          [],
          [['EUR', 4]],
        ];
        for (const reading of readings) {
          instruments.observe('accountBalance', () =>
            reading.map(([currency, value]) => [value, { currency }] as const),
          );
          expect(await shown()).to.have.deep.members(reading);
        }
        instruments.observe('accountBalance', () => undefined);
        expect(await shown()).to.deep.equal([]);
      });
    }
  }
});
