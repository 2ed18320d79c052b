/**
 * `npm run bench`: what one callback costs, as a ratio to a bare `node:http` server in the same run. Prints a table,
 * writes it into docs/promises-and-limits.md and all numbers into results.json; never fails on time.
 * BENCH_ROUNDS and BENCH_SECONDS shorten it; BENCH_WRITE=0 leaves the files alone. `npm run bench:scale` measures large ledgers.
 */
import { cpus } from 'node:os';
import { temporaryFolder } from '../e2e/support/process.ts';
import { script } from './process.ts';
import { publish, published } from './publish.ts';
import { markdown, type Results, summarise } from './report.ts';
import { runRounds, startAgent } from './rounds.ts';
import { median } from './statistics.ts';

const { BENCH_ROUNDS = '5', BENCH_SECONDS = '8', BENCH_WRITE = '1' } = process.env;

async function startTime(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const server = await startAgent(`${temporaryFolder()}/data`, 'file_storage');
    times.push(server.startMs);
    await server.stop();
  }
  return median(times);
}

const rounds = Number(BENCH_ROUNDS);
const seconds = Number(BENCH_SECONDS);
const { measured, rssIdle, rssLoaded } = await runRounds(temporaryFolder(), rounds, seconds);
const results: Results = {
  machine: { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.versions.node },
  rounds,
  seconds,
  variants: summarise({ measured }),
  scrapeMs: JSON.parse(await script('scrape-cost.ts')),
  startMs: await startTime(),
  rssIdle,
  rssLoaded,
  bytesPerEntry: JSON.parse(await script('entry-memory.ts')),
  // The long measurement stands until it is made again.
  scale: published()?.scale ?? [],
};
console.log(markdown(results));
if (BENCH_WRITE === '1') publish(results);
