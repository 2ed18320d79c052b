/**
 * `npm run bench`: what one callback costs, as a ratio to a bare `node:http` server in the same run. Prints a table,
 * writes it into README.md and all numbers into results.json; never fails on time.
 * BENCH_ROUNDS and BENCH_SECONDS shorten it; BENCH_SCALE=10000,5000000 also measures a large ledger (a quarter of an hour);
 * BENCH_WRITE=0 leaves the files alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../e2e/support/process.ts';
import { runOnServerCore } from './process.ts';
import { markdown, type Results, summarise } from './report.ts';
import { runRounds, startAgent } from './rounds.ts';
import { median } from './statistics.ts';

const RESULTS = new URL('results.json', import.meta.url);
const README = new URL('../../README.md', import.meta.url);
const { BENCH_ROUNDS = '5', BENCH_SECONDS = '8', BENCH_SCALE = '', BENCH_WRITE = '1' } = process.env;

const script = (name: string, ...args: string[]): Promise<string> =>
  runOnServerCore([
    process.execPath,
    '--expose-gc',
    '--import',
    'tsx',
    fileURLToPath(new URL(name, import.meta.url)),
    ...args,
  ]);

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
  scale:
    BENCH_SCALE === ''
      ? earlierScale()
      : (await script('ledger-scale.ts', ...BENCH_SCALE.split(','))).trim().split('\n'),
};
const table = markdown(results);
console.log(table);
if (BENCH_WRITE === '1') {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  intoReadme(table);
}

/** The long measurement stands until it is made again. */
function earlierScale(): readonly string[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results).scale : [];
}

function intoReadme(text: string): void {
  if (!existsSync(README)) return;
  const [begin, end] = ['<!-- bench:begin -->', '<!-- bench:end -->'];
  const readme = readFileSync(README, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from === -1 || to === -1) return;
  writeFileSync(README, `${readme.slice(0, from + begin.length)}\n\n${text}\n${readme.slice(to)}`);
}
