import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { metricsJson, metricsMarkdown } from '../../instrumentation/docs.ts';
import { METRIC_KEYS, row } from '../../instrumentation/metrics.ts';
import { SUPPLIED } from './reader.ts';

describe('METRICS.md', () => {
  it('is what `npm run docs` writes now', () => {
    const file = readFileSync(new URL('../../METRICS.md', import.meta.url), 'utf8');
    expect(file, 'run `npm run docs`').to.equal(metricsMarkdown(SUPPLIED));
  });

  it('says in its first line that it is generated, and by what', () => {
    expect(metricsMarkdown(SUPPLIED).split('\n')[0]).to.include('`npm run docs`');
  });

  it('has a section for each metric, as the JSON has an entry', () => {
    const { metrics } = JSON.parse(metricsJson(SUPPLIED));
    expect(metrics.map(({ name }: { name: string }) => name)).to.deep.equal(METRIC_KEYS.map((key) => row(key).name));
    for (const key of METRIC_KEYS)
      expect(metricsMarkdown(SUPPLIED)).to.include(`## \`${row(key).name}\`\n\n${row(key).help}.`);
  });
});
