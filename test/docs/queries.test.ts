import { expect } from 'chai';
import { unknownIn } from '../promql.ts';
import { read } from './pages.ts';

/** The queries of a page: what stands in code and calls a function, with the bars that a table escapes. */
const queries = (page: string): string[] =>
  [...read(page).matchAll(/`([a-z]+(?: by \([^)]*\))? ?\([^`]+)`/g)]
    .map(([, query]) => query!.replaceAll('\\|', '|'))
    .filter((query) => query.includes('_'));

describe('docs: queries', () => {
  for (const page of ['docs/metrics-and-queries.md', 'otel-config/prometheus/RUNBOOK.md']) {
    it(`of ${page} ask only for what the metric table has`, () => {
      expect(queries(page).length).to.be.greaterThan(3);
      expect(queries(page).flatMap((query) => unknownIn(query))).to.deep.equal([]);
    });
  }
});
