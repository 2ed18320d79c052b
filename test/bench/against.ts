/**
 * `npm run bench:against -- <another checkout>`: what a callback costs here, as a share of what it costs in another
 * checkout that was built before. Both agents run side by side and are loaded in turn, so that what else happens on the
 * machine meets both. BENCH_ROUNDS and BENCH_SECONDS change how long it takes.
 */
import { resolve } from 'node:path';
import { temporaryFolder } from '../e2e/support/process.ts';
import { type Load, writeLoad } from './callbacks.ts';
import { cpuUs, type Server } from './process.ts';
import { FRESH_PER_SECOND, send, startAgent, WARM_UP_SECONDS } from './rounds.ts';
import { type Spread, spread } from './statistics.ts';

const { BENCH_ROUNDS = '12', BENCH_SECONDS = '2' } = process.env;
const [, , other] = process.argv;
if (other === undefined) throw new Error('npm run bench:against -- <folder of another checkout, with its dist>');
const rounds = Number(BENCH_ROUNDS);
const seconds = Number(BENCH_SECONDS);
const folder = temporaryFolder();

/** CPU time of one callback, in us. */
async function cost(server: Server, load: Load, forSeconds: number): Promise<number> {
  const before = cpuUs(server.child.pid!);
  const { requests, refused, broken } = await send(server, load, 'fresh', forSeconds);
  if (refused + broken > 0) throw new Error(`${refused} of ${requests} callbacks refused, ${broken} broken`);
  return (cpuUs(server.child.pid!) - before) / requests;
}

async function compare(storage: 'memory' | 'file_storage'): Promise<Record<'here' | 'there' | 'share', Spread>> {
  const here = await startAgent(`${folder}/here-${storage}`, storage);
  const there = await startAgent(`${folder}/there-${storage}`, storage, [], `${resolve(other!)}/dist/src/main.js`);
  const warm = writeLoad(`${folder}/warm`, FRESH_PER_SECOND * WARM_UP_SECONDS);
  for (const server of [here, there]) await cost(server, warm, WARM_UP_SECONDS);
  const costs = { here: [] as number[], there: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const load = writeLoad(`${folder}/fresh`, FRESH_PER_SECOND * seconds);
    for (const side of round % 2 === 0 ? (['here', 'there'] as const) : (['there', 'here'] as const)) {
      costs[side].push(await cost(side === 'here' ? here : there, load, seconds));
    }
  }
  await Promise.all([here.stop(), there.stop()]);
  const shares = costs.here.map((us, round) => us / costs.there[round]!);
  return { here: spread(costs.here), there: spread(costs.there), share: spread(shares) };
}

const told = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
for (const storage of ['memory', 'file_storage'] as const) {
  const { here, there, share } = await compare(storage);
  console.log(
    `${storage}: ${told(share, 3)} of the other; CPU us a callback: ${told(here, 1)}, there ${told(there, 1)}`,
  );
}
