import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const README = read('README.md');
const PROSE = README.replaceAll(/^```[\s\S]*?^```/gm, '');

/** GitHub's anchors of a page's headings. */
const anchors = (markdown: string): string[] =>
  [...markdown.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

/** What is wrong with a link from a page of this repository; `undefined` when it leads somewhere. */
function broken(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return `${from}: ${link}: no such file`;
  if (anchor && !anchors(read(target)).includes(anchor)) return `${from}: ${link}: no such heading`;
  return undefined;
}

describe('the README', () => {
  it('has every variable that agent.yaml reads in its table, and no other', () => {
    const inYaml = [...read('otel-config/agent.yaml').matchAll(/\$\{env:([A-Z]\w*)/g)].map(([, name]) => name!);
    const rows = README.split('\n').filter((line) => /^\| `[A-Z][A-Z_]+`/.test(line));
    const inTable = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!));
    const documented = new Set(inYaml);
    documented.delete('NAME');
    expect([...inTable].sort()).to.deep.equal([...documented].sort());
  });

  for (const page of ['README.md', 'CONTRIBUTING.md']) {
    it(`has no broken link in ${page}`, () => {
      const text = page === 'README.md' ? PROSE : read(page);
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
      const internal = links.filter((link) => !/^[a-z]+:/.test(link));
      expect(internal).to.not.be.empty;
      expect(internal.map((link) => broken(page, link)).filter(Boolean)).to.deep.equal([]);
    });

    it(`names no npm script that does not exist in ${page}`, () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const named = [...read(page).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
        ([, run, own]) => run ?? own!,
      );
      expect(named).to.not.be.empty;
      expect(named.filter((name) => !(name in scripts))).to.deep.equal([]);
    });
  }

  it('lists every alert, and every runbook_url leads to a heading', () => {
    const folder = 'otel-config/prometheus/rules';
    const rules = readdirSync(join(ROOT, folder)).map((name) => read(join(folder, name)));
    const alerts = rules.flatMap((text) => [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!));
    const urls = rules.flatMap((text) => [...text.matchAll(/runbook_url: (\S+)/g)].map(([, url]) => url!));
    expect(urls).to.have.lengthOf(alerts.length);
    expect(urls.map((url) => broken('README.md', url)).filter(Boolean)).to.deep.equal([]);
    expect(alerts.filter((name) => !README.includes(`[${name}](`))).to.deep.equal([]);
  });
});
