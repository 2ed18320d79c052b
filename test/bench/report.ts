import { type Rounds, VARIANTS } from './rounds.ts';
import { type Spread, spread } from './statistics.ts';

export interface Results {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly variants: Readonly<Record<string, Variant>>;
  readonly scrapeMs: Readonly<Record<string, number>>;
  readonly startMs: number;
  readonly rssIdle: number;
  readonly rssLoaded: number;
  /** Of the ledger in memory. */
  readonly bytesPerEntry: number;
  /** What the ledger on disk costs when it is large, as measured last. */
  readonly scale: readonly string[];
}

export interface Variant {
  readonly name: string;
  readonly perSecond: Spread;
  readonly cpuUs: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** CPU time of the bare server, divided by that of this one in the same round. */
  readonly ratio: Spread;
  /** CPU time of the bare proxy, divided by that of this one in the same round: only for what stands before an application. */
  readonly proxyRatio?: Spread;
  /** Its requests a second, divided by those of the bare server in the same round. */
  readonly rateRatio: Spread;
}

/** Medians and spreads over the rounds; ratios are taken within a round. */
export function summarise({ measured }: Pick<Rounds, 'measured'>): Record<string, Variant> {
  const bare = measured['a']!;
  const proxy = measured['i']!;
  return Object.fromEntries(
    VARIANTS.map(({ key, name, server }) => {
      const runs = measured[key]!;
      return [
        key,
        {
          name,
          perSecond: spread(runs.map((run) => run.perSecond)),
          cpuUs: spread(runs.map((run) => run.cpuUs)),
          p50Ms: spread(runs.map((run) => run.p50Ms)),
          p99Ms: spread(runs.map((run) => run.p99Ms)),
          ratio: spread(runs.map((run, round) => bare[round]!.cpuUs / run.cpuUs)),
          ...(server === 'front' ? { proxyRatio: spread(runs.map((run, i) => proxy[i]!.cpuUs / run.cpuUs)) } : {}),
          rateRatio: spread(runs.map((run, round) => run.perSecond / bare[round]!.perSecond)),
        },
      ];
    }),
  );
}

/** The results as docs/promises-and-limits.md shows them. */
export function markdown(results: Results): string {
  const { machine, rounds, seconds, variants, scrapeMs, startMs, rssIdle, rssLoaded, bytesPerEntry, scale } = results;
  const rows = Object.values(variants).map(
    ({ name, perSecond, cpuUs, p50Ms, p99Ms, ratio }) =>
      `| ${name} | ${fixed(ratio, 2)} | ${fixed(cpuUs, 0)} | ${Math.round(perSecond.median)} | ${p50Ms.median.toFixed(1)} / ${p99Ms.median.toFixed(1)} |`,
  );
  const front = Object.values(variants).find(({ proxyRatio }) => proxyRatio)?.proxyRatio;
  const inFront = front ? ` In front, with the bare proxy = 1: ${fixed(front, 2)}.` : '';
  const scrapes = Object.entries(scrapeMs).map(([series, ms]) => `${ms.toFixed(1)} ms at ${series} series`);
  return `| one pinned core, 64 connections | CPU: bare = 1 | CPU us a callback | callbacks/s | p50 / p99 ms |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

${rounds} alternating rounds of ${seconds} s on ${machine['cpu']}, Node ${machine['node']}; medians (smallest to largest). CPU is user and system
time of the whole server process, all threads.${inFront} One scrape takes ${scrapes.join(', ')}. From
start to listening ${Math.round(startMs)} ms. RSS ${megabytes(rssIdle)} MB idle, ${megabytes(rssLoaded)} MB under this load. An entry of the memory ledger takes
${bytesPerEntry} bytes.${scale.length > 0 ? ` The disk ledger alone:\n\n${scale.map((line) => `- ${line}`).join('\n')}` : ''}
`;
}

const fixed = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
