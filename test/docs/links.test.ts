import { basename } from 'node:path';
import { expect } from 'chai';
import { anchors, broken, files, PAGES, prose, read } from './pages.ts';

const links = (page: string): string[] =>
  [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));

describe('docs: links', () => {
  for (const page of PAGES) {
    it(`lead somewhere in ${page}`, () => {
      expect(links(page).flatMap((link) => broken(page, link) ?? [])).to.deep.equal([]);
    });
  }

  it('lead from the front page to each page of docs/', () => {
    const linked = links('README.md');
    expect(files('docs', '.md')).to.not.be.empty;
    expect(files('docs', '.md').filter((page) => !linked.includes(page))).to.deep.equal([]);
  });

  const WRONG = [
    ['a file that is not there', 'docs/operations.md', 'nothing.md', 'docs/operations.md: nothing.md: no such file'],
    ['a heading that is not there', 'README.md', '#nothing', 'README.md: #nothing: no such heading'],
    ['a file outside', 'README.md', '../README.md', 'README.md: ../README.md: no such file'],
  ] as const;
  for (const [name, from, link, said] of WRONG) {
    it(`are broken when they name ${name}`, () => expect(broken(from, link)).to.equal(said));
  }

  it('name headings as GitHub does', () => {
    const page = '# A b, c\n## `D` e-f\n```sh\n# no heading\n```\n## A b, c\n';
    expect(anchors(page)).to.deep.equal(['a-b-c', 'd-e-f', 'a-b-c-1']);
  });
});

describe('docs: the runbook', () => {
  const rules = files('otel-config/prometheus/rules', '.yml').map(read);
  const found = (pattern: RegExp) => rules.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name!));
  const alerts = found(/- alert: (\w+)/g);

  it('has a section for each alert, to which its runbook_url leads', () => {
    const urls = found(/runbook_url: .*\{\{ else \}\}(\S+?\{\{ end \}\}#\w+)/g).map((url) =>
      url.replace('{{ end }}', ''),
    );
    expect(alerts).to.not.be.empty;
    expect(urls).to.have.lengthOf(alerts.length);
    expect(urls.flatMap((url) => broken('README.md', url) ?? [])).to.deep.equal([]);
  });

  it('is listed, alert by alert, on the page about operations', () => {
    const page = read('docs/operations.md');
    expect(alerts.filter((name) => !page.includes(`[${name}](`))).to.deep.equal([]);
  });
});

describe('docs: what pages name', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const page of PAGES.filter((name) => basename(name) !== 'CHANGELOG.md')) {
    it(`is no npm script that does not exist, in ${page}`, () => {
      const named = [...read(page).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
        ([, run, own]) => run ?? own!,
      );
      expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
    });
  }

  it('fits, on the front page, into 150 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).to.be.at.most(150);
  });
});
