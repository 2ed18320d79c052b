import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const FOLDER = new URL('../../../otel-config/prometheus/', import.meta.url);

/** The shipped prometheus.yml; only the target, the place of the rules and the intervals are another. */
export function shippedPrometheus(target: string): string {
  const config = parse(readFileSync(new URL('prometheus.yml', FOLDER), 'utf8'));
  config.global.scrape_interval = config.global.evaluation_interval = '1s';
  config.rule_files = config.rule_files.map((glob: string) => fileURLToPath(new URL(glob, FOLDER)));
  config.scrape_configs[0].static_configs = [{ targets: [target] }];
  return stringify(config);
}
