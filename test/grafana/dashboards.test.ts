import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { DASHBOARDS, dashboardJson } from '../../grafana/src/dashboards.ts';
import { unknownIn } from '../promql.ts';
import { expressions, type PanelJson, panelsOf } from './panels.ts';

const FOLDER = new URL('../../grafana/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8');

describe('Grafana dashboards', () => {
  it('stand in grafana/dashboards as they are generated: else run npm run dashboards', () => {
    const files = readdirSync(new URL('dashboards/', FOLDER)).sort();
    expect(files).to.deep.equal(DASHBOARDS.map(({ uid }) => `${uid}.json`).sort());
    for (const dashboard of DASHBOARDS) {
      expect(read(`dashboards/${dashboard.uid}.json`)).to.equal(dashboardJson(dashboard));
    }
  });

  for (const dashboard of DASHBOARDS) {
    describe(dashboard.title!, () => {
      const { templating } = dashboard;
      const panels = panelsOf(dashboard);

      it('lets its reader choose the data source', () => {
        expect(templating?.list?.[0]).to.include({ type: 'datasource', name: 'datasource', query: 'prometheus' });
        for (const { title, datasource } of panels) {
          expect(datasource, title).to.deep.equal({ type: 'prometheus', uid: '$datasource' });
        }
      });

      it('lets its reader choose jobs and agents, of those that there are in the time range', () => {
        const [, ...chosen] = templating?.list ?? [];
        expect(chosen.map(({ name, allValue, refresh }) => [name, allValue, refresh])).to.deep.equal([
          ['job', '.+', 2],
          ['instance', '.+', 2],
        ]);
        for (const { title, expr } of expressions(dashboard)) {
          const selectors = expr.match(/\{[^{}]*\}/g) ?? [];
          expect(selectors, title).to.not.deep.equal([]);
          for (const selector of selectors) expect(selector, title).to.match(/job=~"\$job",instance=~"\$instance"\}$/);
        }
      });

      it('has panels of today with a title, a description and a unit each', () => {
        for (const { title, description, type, fieldConfig } of panels) {
          expect(type, title).to.be.oneOf(['timeseries', 'piechart', 'stat', 'table']);
          expect(title).to.match(/^[A-Z]/);
          expect(description, title).to.match(/^.{20,}\.$/);
          expect(fieldConfig?.defaults?.unit, title).to.be.a('string');
        }
      });

      it('has panels that do not overlap and have ids of their own', () => {
        const cells = panels.flatMap(cellsOf);
        expect(new Set(cells).size).to.equal(cells.length);
        const ids = dashboard.panels!.map(({ id }) => id);
        expect(new Set(ids).size).to.equal(ids.length);
      });

      for (const { title, expr } of expressions(dashboard)) {
        it(`asks only for what the metric table has: ${title}`, () => expect(unknownIn(expr)).to.deep.equal([]));
      }
    });
  }

  it('are provisioned with a data source', () => {
    expect(parse(read('provisioning/datasources/prometheus.yaml')).datasources[0]).to.include({ type: 'prometheus' });
    const [provider] = parse(read('provisioning/dashboards/twilio.yaml')).providers;
    expect(provider).to.have.nested.property('options.path');
  });
});

function cellsOf({ title, gridPos }: PanelJson): string[] {
  const { x, y, w, h } = gridPos!;
  expect(x + w, title).to.be.at.most(24);
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}
