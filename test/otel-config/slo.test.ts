import { expect } from 'chai';
import { sloMarkdown, withSloSections } from '../../docs/src/slo.ts';
import { METRICS } from '../../instrumentation/metrics.ts';
import { BURNS, IN_TIME_SECONDS, OBJECTIVES } from '../../otel-config/src/objectives.ts';
import { sloRules } from '../../otel-config/src/slo-rules.ts';
import { sloTests } from '../../otel-config/src/slo-tests.ts';
import { read as readPage } from '../docs/pages.ts';
import { read } from './rules.ts';

describe('objectives', () => {
  it('stand in the rules and their tests as `npm run rules` writes them now', () => {
    expect(read('rules/slo.yml'), 'run `npm run rules`').to.equal(sloRules());
    expect(read('tests/slo.yml'), 'run `npm run rules`').to.equal(sloTests());
  });

  it('stand on their page and in the runbook as `npm run docs` writes them now', () => {
    expect(readPage('docs/slo.md'), 'run `npm run docs`').to.equal(sloMarkdown());
    const runbook = read('RUNBOOK.md');
    expect(runbook, 'run `npm run docs`').to.equal(withSloSections(runbook));
  });

  it('can be missed: an alert that would need more than all events to be bad never fires', () => {
    for (const { name, objective } of OBJECTIVES) {
      expect(objective, name).to.be.within(0.9, 0.9999);
      for (const { factor } of BURNS) expect(factor * (1 - objective), `${name} at ${factor}`).to.be.below(0.95);
    }
  });

  it('ask for a boundary that the histogram has', () => {
    expect(METRICS.messageDeliveryDuration.buckets).to.include(IN_TIME_SECONDS);
  });

  it('are not written into a page without its markers', () => {
    expect(() => withSloSections('# A page\n')).to.throw('<!-- slo:begin -->');
  });
});
