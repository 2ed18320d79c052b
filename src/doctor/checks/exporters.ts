import type { Push } from '../../../instrumentation/otlp/push.ts';
import { createResource } from '../../../instrumentation/resource.ts';
import type { Config } from '../../config/schema.ts';
import { VERSION } from '../../version.ts';
import { otlpOptions } from '../../wiring/export.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said, warning } from '../finding.ts';

const TIMEOUT_MS = 10_000;

/** Pushes no metric at all to each OTLP backend, as the agent would push: that shows URL, TLS, key and protocol. */
export const exporters: Check = {
  name: 'exporters',
  async run({ config }) {
    const told: string[] = [];
    const found: Said[] = [];
    if (config.service.pipelines.metrics.exporters.includes('prometheus')) {
      told.push(`prometheus: scraped at ${config.exporters.prometheus.path}`);
    }
    for (const [id, otlp] of pushers(config)) {
      const { outcome, words } = await pushNothing(config, id, otlp);
      const says = `${id}: ${outcome}: ${words.replace(/[:\s]+$/, '') || 'no reason given'}`;
      if (outcome === 'success' && words === '') told.push(`${id}: took an empty push`);
      else if (outcome === 'success' || outcome === 'partial') {
        found.push(warning(says, `look at what the backend says, and at exporters.${id}`));
      } else found.push(problem(says, fixOf(id, outcome, words)));
    }
    return [...(found.length === 0 || told.length > 0 ? [ok(told.join('; ') || 'none')] : []), ...found];
  },
};

const pushers = (config: Config) =>
  Object.entries(config.exporters.otlp).filter(
    ([id, otlp]) => config.service.pipelines.metrics.exporters.includes(id) && (otlp.endpoint || otlp.metrics_endpoint),
  );

async function pushNothing(config: Config, id: string, otlp: Config['exporters']['otlp'][string]): Promise<Push> {
  const { pushOnce } = await import('../../../instrumentation/otlp/push.ts');
  const options = otlpOptions(id, otlp);
  const { service_name: serviceName, attributes } = config.service.telemetry.resource;
  const resource = createResource({ serviceName, attributes, version: VERSION, instanceId: 'doctor' });
  const timeoutMs = Math.min(options.timeoutMs, TIMEOUT_MS);
  return pushOnce({ ...options, timeoutMs, retry: { ...options.retry, enabled: false } }, resource);
}

function fixOf(id: string, outcome: Push['outcome'], words: string): string {
  if (outcome === 'timeout') return `is a firewall or a proxy in the way of exporters.${id}.endpoint?`;
  if (/^(?:401|403)\b|UNAUTHENTICATED|PERMISSION_DENIED/.test(words)) {
    return `set exporters.${id}.headers (OTEL_EXPORTER_OTLP_HEADERS) to the key that this backend asks for`;
  }
  if (/^404\b/.test(words)) return `set exporters.${id}.endpoint to the base URL: /v1/metrics is appended`;
  return `check exporters.${id}.endpoint and protocol, and that the backend runs`;
}
