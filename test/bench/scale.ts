/**
 * `npm run bench:scale`: the disk ledger alone, when it is large, and how long ones of older formats take to be upgraded; each
 * size in a process of its own. Some six minutes.
 */
import { script } from './process.ts';
import { publish, published } from './publish.ts';

const results = published();
if (!results) throw new Error('there is no results.json: run "npm run bench" first');
const scale: string[] = [];
for (const entries of [10_000, 1_000_000, 5_000_000]) {
  const line = (await script('ledger-scale.ts', String(entries))).trim();
  console.log(line);
  scale.push(line);
}
for (const line of (await script('upgrade.ts', '1000000')).trim().split('\n')) {
  console.log(line);
  scale.push(line);
}
publish({ ...results, scale });
