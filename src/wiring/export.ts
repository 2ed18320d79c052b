import { add, observe } from '../../instrumentation/increments.ts';
import type { Instruments } from '../../instrumentation/instruments.ts';
import type { OtlpOptions } from '../../instrumentation/otlp/options.ts';
import type { OtlpPush, Push } from '../../instrumentation/otlp/push.ts';
import { Scrape } from '../../instrumentation/prometheus.ts';
import type { Base } from '../../instrumentation/totals.ts';
import type { Clock } from '../clock.ts';
import { otlpUrl } from '../config/otlp.ts';
import { readCertificates } from '../config/rules/certificates.ts';
import type { Config, OtlpConfig } from '../config/schema.ts';
import type { EventLog } from '../log.ts';

export interface ExportRoom {
  readonly base: () => Base;
  readonly instruments: () => Instruments | undefined;
  readonly clock: Clock;
  readonly events: EventLog;
}

/** The ways out that the pipeline names and that have somewhere to go. */
export async function createExports(config: Config, { base, instruments, clock, events }: ExportRoom) {
  const named = config.service.pipelines.metrics.exporters;
  const scrape = named.includes('prometheus')
    ? new Scrape(base, (seconds) => instruments()?.record([observe('scrapeDuration', seconds)]))
    : undefined;
  const lastSuccess = new Map<string, number>();
  const failures = new Map<string, string>();
  const pushes: OtlpPush[] = [];
  for (const [id, otlp] of Object.entries(config.exporters.otlp)) {
    if (!named.includes(id) || !(otlp.endpoint || otlp.metrics_endpoint)) continue;
    // Who only scrapes does not pay for loading the exporters.
    const { otlpPush } = await import('../../instrumentation/otlp/push.ts');
    const onPush = (push: Push) => {
      if (push.outcome === 'success' || push.outcome === 'partial') lastSuccess.set(id, clock.wallMs() / 1_000);
      if (push.outcome === 'success') failures.delete(id);
      else failures.set(id, whatFailed(push));
      count(id, push, instruments());
      tell(id, push, events);
    };
    pushes.push(await otlpPush(otlpOptions(id, otlp), { base, monotonicMs: () => clock.monotonicMs(), onPush }));
  }
  return {
    scrape,
    pushes,
    /** What became of the last push of each exporter that did not take it all, in the backend's words. */
    failures: failures as ReadonlyMap<string, string>,
    readers: [...(scrape ? [scrape.reader] : []), ...pushes.map(({ reader }) => reader)],
    hurry() {
      for (const { exporter } of pushes) exporter.hurry();
    },
    /** Lets the instruments that are read at a collection see the exporters. */
    observe(instruments: Instruments) {
      if (scrape) instruments.observe('scrapeSize', () => scrape.lastBytes);
      instruments.observe('exportInflight', () =>
        pushes.map((p) => [p.exporter.inFlight, { exporter: p.id }] as const),
      );
      instruments.observe('exportLastSuccess', () =>
        [...lastSuccess].map(([exporter, seconds]) => [seconds, { exporter }] as const),
      );
    },
  };
}

/** How one exporter pushes, from its settings. */
export function otlpOptions(id: string, otlp: OtlpConfig): OtlpOptions {
  const { retry_on_failure: retry } = otlp;
  const { certificates } = readCertificates(otlp.tls);
  return {
    id,
    protocol: otlp.protocol,
    url: otlpUrl(otlp),
    headers: otlp.headers,
    compression: otlp.compression,
    tls: certificates,
    timeoutMs: Math.min(otlp.timeout, otlp.interval),
    intervalMs: otlp.interval,
    temporality: otlp.temporality,
    retry: {
      enabled: retry.enabled,
      initialIntervalMs: retry.initial_interval,
      maxIntervalMs: retry.max_interval,
      maxElapsedMs: Math.min(retry.max_elapsed_time, otlp.interval),
    },
  };
}

function count(exporter: string, push: Push, instruments: Instruments | undefined): void {
  const nothing = push.outcome !== 'success' && push.outcome !== 'partial';
  const rejected = nothing ? push.points : push.rejectedPoints;
  const component = { 'otel.component.name': exporter };
  instruments?.record([
    add('exports', { exporter, outcome: push.outcome }),
    observe('exportDuration', push.durationMs / 1_000, component),
    { ...add('exportedPoints', component), value: push.points - rejected },
    { ...add('exportRefusedPoints', { exporter }), value: rejected },
  ]);
}

/** A backend that fails is told in its own words, once a minute for each kind of failure. */
function tell(id: string, push: Push, events: EventLog): void {
  const { outcome, words, pauseMs } = push;
  if (outcome === 'success') {
    if (words !== '') events.event('info', `export:${id}:advice`, `${id}: took everything and says: ${words}`);
    return;
  }
  const then = pauseMs > 0 ? ` (no push for ${Math.ceil(pauseMs / 1_000)} s, as it asks)` : '';
  events.event('warn', `export:${id}:${outcome}`, `${id}: ${whatFailed(push)}${then}`);
}

function whatFailed({ outcome, words, points, rejectedPoints, attempts }: Push): string {
  const what =
    outcome === 'partial'
      ? `took all but ${rejectedPoints} of ${points} data points`
      : `took nothing: ${outcome}${attempts > 1 ? ` after ${attempts} attempts` : ''}`;
  return `${what}: ${words}`;
}
