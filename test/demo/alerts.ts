import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../e2e/support/process.ts';
import { promtool } from '../e2e/support/tools.ts';
import { RULE_FILES, type Scraped } from './story.ts';

/** The alerts that fired, and how many seconds after the beginning each did first. */
export type Fired = ReadonlyMap<string, number>;

/**
 * Lets Prometheus' own engine evaluate the shipped rules over scrapes, second for second as they were made. `promtool` has a
 * test that expects that no alert fires; what it got instead is what fired.
 */
export async function firedAlerts({ everyS, slots, series }: Scraped): Promise<Fired> {
  const lastS = slots * everyS;
  const expr = `min by (alertname) (min_over_time(timestamp(ALERTS{alertstate="firing"})[${lastS}s:${everyS}s]))`;
  const test = {
    rule_files: RULE_FILES,
    evaluation_interval: `${everyS}s`,
    tests: [
      {
        interval: `${everyS}s`,
        input_series: [...series].map(([name, values]) => ({ series: name, values: asValues(values, slots) })),
        promql_expr_test: [{ expr, eval_time: `${lastS}s`, exp_samples: [] }],
      },
    ],
  };
  const folder = temporaryFolder();
  const file = join(folder, 'story.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(test));
  const { code, stdout, stderr } = await promtool(['test', 'rules', file]);
  rmSync(file);
  const said = `${stdout}${stderr}`;
  if (code === 0) return new Map();
  const found = [...said.matchAll(/\{alertname=\\?"(\w+)\\?"\} ([\d.E+]+)/g)];
  if (found.length === 0) throw new Error(said.slice(0, 2_000));
  return new Map(found.map(([, name, seconds]) => [name!, Number(seconds)]));
}

/** Values in the notation of promtool; what comes after the last scrape is missing. */
function asValues(values: readonly (string | undefined)[], slots: number): string {
  return Array.from({ length: slots + 1 }, (_, slot) => values[slot] ?? '_').join(' ');
}
