/** What one scrape costs at 100, 1,000 and 5,000 series: `{"100": ms, ...}`. */
import { add } from '../../instrumentation/increments.ts';
import { Scrape } from '../../instrumentation/prometheus.ts';
import { createTelemetry } from '../../instrumentation/provider.ts';
import { createResource } from '../../instrumentation/resource.ts';
import { suppliedValues } from '../../src/wiring/supplied.ts';
import { median } from './statistics.ts';

const RUNS = 30;

async function cost(wanted: number): Promise<number> {
  const scrape = new Scrape(() => ({ startTimeMs: 0, totals: new Map() }));
  const resource = createResource({ serviceName: 'bench', attributes: {}, version: '0', instanceId: 'bench' });
  const { instruments, shutdown } = createTelemetry(resource, [scrape.reader], suppliedValues());
  const present = seriesOn(await scrape.page());
  for (let i = present; i < wanted; i++) instruments.record([add('messagesFailed', { error_code: `series ${i}` })]);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedUs = process.cpuUsage();
    await scrape.page();
    const { user, system } = process.cpuUsage(startedUs);
    times.push((user + system) / 1_000);
  }
  await shutdown(1_000);
  return median(times);
}

const seriesOn = (page: string): number =>
  page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

const costs: Record<string, number> = {};
for (const wanted of [100, 1_000, 5_000]) costs[wanted] = await cost(wanted);
console.log(JSON.stringify(costs));
