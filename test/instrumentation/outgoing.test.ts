import { AggregationTemporality, type Histogram } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { add, observe, series } from '../../instrumentation/increments.ts';
import { METRICS, type MetricRow } from '../../instrumentation/metrics.ts';
import { type Outgoing, outgoing } from '../../instrumentation/outgoing.ts';
import { type Base, plus, type Total } from '../../instrumentation/totals.ts';
import { deepFreeze, points, RawReader, telemetry } from './reader.ts';

const START_MS = Date.UTC(2026, 9, 1);
const id = (status: 'sent' | 'delivered' | 'read') => series('messageCallback', { status }).id;
const base = (totals: Record<string, Total>): Base => ({
  startTimeMs: START_MS,
  totals: new Map(Object.entries(totals)),
});

// No histogram of the table is kept today; the step must be right for the first one that will be.
const KEPT_HISTOGRAM: MetricRow = { ...METRICS.ledgerCommitDuration, durable: true };
const TABLE = new Map<string, MetricRow>([
  [METRICS.messageCallback.name, METRICS.messageCallback],
  [METRICS.apiErrors.name, METRICS.apiErrors],
  [KEPT_HISTOGRAM.name, KEPT_HISTOGRAM],
]);
const seconds = (...values: number[]) =>
  values.reduce<Total | undefined>((total, value) => plus(total, KEPT_HISTOGRAM, value), undefined)!;

async function collected(temporality?: AggregationTemporality) {
  const reader = new RawReader(temporality);
  const { instruments } = telemetry(reader);
  instruments.record([
    add('messageCallback', { status: 'sent' }),
    add('messageCallback', { status: 'sent' }),
    add('apiErrors', { operation: 'FetchBalance' }),
    observe('ledgerCommitDuration', 0.002),
  ]);
  return deepFreeze(await reader.metrics());
}

const step = (metrics: Parameters<typeof outgoing>[0], options: Partial<Outgoing> = {}) =>
  outgoing(metrics, { base: base({}), scrape: false, cumulativeHistograms: true, ...options });

const value = (metrics: Parameters<typeof outgoing>[0], name: string, labels: Record<string, string>) =>
  points(metrics, name).find(({ attributes }) => JSON.stringify(attributes) === JSON.stringify(labels))?.value;

describe('outgoing: cumulative points', () => {
  it('are base + instruments, for what is kept', async () => {
    const out = step(await collected(), { base: base({ [id('sent')]: { sum: 40 }, [id('delivered')]: { sum: 7 } }) });
    expect(value(out, 'twilio.message.callback', { status: 'sent' })).to.equal(42);
    expect(value(out, 'twilio.message.callback', { status: 'delivered' }), 'counted before, not since').to.equal(7);
    expect(value(out, 'twilio.message.callback', { status: 'read' })).to.equal(0);
  });

  it('begin when the ledger began', async () => {
    const [point] = points(step(await collected()), 'twilio.message.callback');
    expect(point!.startTime).to.deep.equal([START_MS / 1_000, 0]);
  });

  it('are left alone, start time too, for what is not kept', async () => {
    const metrics = await collected();
    const errors = series('apiErrors', { operation: 'FetchBalance' }).id;
    const out = step(metrics, { base: base({ [errors]: { sum: 99 } }) });
    expect(points(out, 'twilio.api.errors')).to.deep.equal(points(metrics, 'twilio.api.errors'));
  });

  it('of histograms add count, sum and each bucket, and claim no smallest and largest value', async () => {
    const out = step(await collected(), { base: base({ [KEPT_HISTOGRAM.name]: seconds(0.001, 9) }), table: TABLE });
    const [point] = points(out, KEPT_HISTOGRAM.name);
    const { buckets, count, sum, min, max } = point!.value as Histogram;
    expect({ count, sum, min, max }).to.deep.equal({ count: 3, sum: 9.003, min: undefined, max: undefined });
    expect(buckets.boundaries).to.deep.equal(KEPT_HISTOGRAM.buckets);
    expect(buckets.counts).to.deep.equal([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('of histograms that were saved and not recorded since are added', async () => {
    const reader = new RawReader();
    telemetry(reader);
    const out = step(await reader.metrics(), { base: base({ [KEPT_HISTOGRAM.name]: seconds(1) }), table: TABLE });
    expect((points(out, KEPT_HISTOGRAM.name)[0]!.value as Histogram).count).to.equal(1);
  });

  it('leave what they are given as it was', async () => {
    const metrics = await collected();
    const before = structuredClone(points(metrics, 'twilio.message.callback'));
    const totals = base({ [id('sent')]: Object.freeze({ sum: 40 }) });
    for (const scrape of [true, false]) step(metrics, { base: totals, scrape });
    expect(points(metrics, 'twilio.message.callback')).to.deep.equal(before);
    expect([...totals.totals]).to.deep.equal([[id('sent'), { sum: 40 }]]);
  });
});

describe('outgoing: delta points', () => {
  it('pass untouched: what a former process counted was pushed by it', async () => {
    const metrics = await collected(AggregationTemporality.DELTA);
    const totals = base({ [id('sent')]: { sum: 40 }, [KEPT_HISTOGRAM.name]: seconds(1) });
    const out = step(metrics, { base: totals, table: TABLE, cumulativeHistograms: false });
    for (const name of ['twilio.message.callback', KEPT_HISTOGRAM.name]) {
      expect(points(metrics, name), name).to.not.have.length(0);
      expect(points(out, name)).to.deep.equal(points(metrics, name));
    }
  });
});

describe('outgoing: names', () => {
  const names = (metrics: Parameters<typeof outgoing>[0]) =>
    metrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor }) => `${descriptor.name} [${descriptor.unit}]`);

  it('get their unit on the way to a Prometheus page', async () => {
    const out = names(step(await collected(), { scrape: true }));
    expect(out).to.include('twilio.agent.ledger.commit.duration.seconds []');
    expect(out).to.include('twilio.message.callback []');
  });

  it('keep it apart on the way to an OTLP backend, which adds it itself', async () => {
    const out = names(step(await collected()));
    expect(out).to.include('twilio.agent.ledger.commit.duration [s]');
    expect(out).to.include('twilio.message.callback [{callback}]');
  });
});
