/** The five roads of roads.e2e.ts, and the differences that specifications and servers force: nothing else may differ. */
import type { Forced } from './support/roads.ts';

export const TARGET: Forced = {
  labels: ['job', 'instance'],
  reason: 'who was scraped, or service.name and service.instance.id of the resource: what no page says of itself',
};
export const SCOPE: Forced = {
  labels: ['otel_scope_name', 'otel_scope_version', 'otel_scope_schema_url'],
  reason: "the exporter writes OpenTelemetry's scope as labels, as the compatibility specification asks",
};

/** What a road cannot say of a metric beside its series; that it says nothing is asserted, not assumed. */
export interface Unsaid {
  readonly what: 'help' | 'unit';
  readonly reason: string;
}
export const TEXT: Unsaid = {
  what: 'unit',
  reason: "Prometheus' text format 0.0.4 has no line for it (OpenMetrics has): the name ends in it, on every road",
};
export const RECEIVED: Unsaid = {
  what: 'help',
  reason:
    'Prometheus 3.12 keeps none of what came by OTLP: /api/v1/metadata asks scraped targets only (metricMetadata in' +
    ' web/api/v1/api.go), and cmd/prometheus never sets EnableMetadataWALRecords, without which its WAL takes none' +
    ' (tsdb/head_append_v2.go). "OTLP, Collector, page" shows that it was sent',
};

export const ROADS: Record<string, { readonly forced: readonly Forced[]; readonly unsaid: Unsaid }> = {
  'scrape page': { forced: [], unsaid: TEXT },
  'Prometheus scrapes': { forced: [TARGET], unsaid: TEXT },
  'OTLP into Prometheus': { forced: [TARGET], unsaid: RECEIVED },
  'OTLP, Collector, page': { forced: [TARGET, SCOPE], unsaid: TEXT },
  'Collector scrapes, OTLP, page': { forced: [TARGET, SCOPE], unsaid: TEXT },
};
