import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { unknownIn } from '../promql.ts';
import { ALERT_CASES, RECORDED, RULES, read } from './rules.ts';

/** An external label of Prometheus may say where the runbook can be read. */
const RUNBOOK_URL = /^\{\{ with \$externalLabels\.runbook_url \}\}\{\{ \. \}\}\{\{ else \}\}(.*)\{\{ end \}\}#(\w+)$/;

const ROOT = new URL('../../', import.meta.url);

describe('Prometheus rules', () => {
  for (const { file, expr, record, alert } of RULES) {
    it(`${file}: ${record ?? alert} asks only for what the metric table has`, () => {
      expect(unknownIn(expr, new Set(RECORDED.keys()))).to.deep.equal([]);
    });
  }

  for (const { alert, file, labels, annotations } of RULES.filter((rule) => rule.alert)) {
    it(`${alert} says how bad it is, what happened and what to do`, () => {
      expect(labels?.['severity']).to.be.oneOf(['critical', 'warning', 'info']);
      expect(annotations?.['summary']).to.match(/^[A-Z].{10,80}$/);
      expect(annotations?.['description']).to.match(/\.$/);
      const [, path = '', anchor] = RUNBOOK_URL.exec(annotations?.['runbook_url'] ?? '') ?? [];
      expect(headings(path)).to.include(anchor);
    });

    it(`${alert} is tried by promtool: it fires in one case and not in another`, () => {
      const cases = ALERT_CASES.filter((each) => each.alertname === alert);
      expect(cases.map(({ fires }) => fires)).to.include.members([true, false]);
      expect(new Set(cases.map((each) => each.file))).to.deep.equal(new Set([file]));
    });
  }

  it('are loaded by the shipped prometheus.yml, which scrapes the agent under the job name that they expect', () => {
    const config = parse(read('prometheus.yml'));
    expect(config.rule_files).to.deep.equal(['rules/*.yml']);
    expect(config.scrape_configs).to.have.length(1);
    expect(config.scrape_configs[0]).to.deep.include({
      job_name: 'twilio-otel-agent',
      metrics_path: '/metrics',
      static_configs: [{ targets: ['localhost:8080'] }],
    });
  });
});

/** The anchors of a Markdown file's headings, as forges make them. */
function headings(path: string): string[] {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
