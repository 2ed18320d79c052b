import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { markdown, type Results } from './report.ts';

const RESULTS = new URL('results.json', import.meta.url);
const PAGE = new URL('../../docs/promises-and-limits.md', import.meta.url);
const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];

/** What was measured last. */
export const published = (): Results | undefined =>
  existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results) : undefined;

/** Writes the numbers into results.json and the table into the page. */
export function publish(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  if (!existsSync(PAGE)) return;
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to === -1) return;
  writeFileSync(PAGE, `${page.slice(0, from + BEGIN.length)}\n\n${markdown(results)}\n${page.slice(to)}`);
}
