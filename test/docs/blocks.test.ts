import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { problems } from '../config/room.ts';
import { BLOCKS, blocksIn, blocksOf, instruction, NGINX } from './blocks.ts';

const at = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;

const TOKEN = '0123456789abcdef0123456789abcdef';

describe('docs: blocks of code', () => {
  it('are in a language that a test knows: commands and nginx run end to end, YAML is loaded here', () => {
    expect(blocksIn('sh').length).to.be.greaterThan(5);
    expect(BLOCKS.filter(({ language }) => !['sh', 'nginx', 'yaml'].includes(language)).map(at)).to.deep.equal([]);
  });

  it('with commands say how they are run, or why they are not, in a comment on the line before', () => {
    const silent = blocksIn('sh').filter((block) => instruction(block) === undefined);
    expect(silent.map(at), 'needs <!-- run --> or <!-- not run: why -->, see CONTRIBUTING.md').to.deep.equal([]);
  });

  it('of nginx are those that stand before an agent end to end', () =>
    expect(
      blocksIn('nginx')
        .map(({ page }) => page)
        .sort(),
    ).to.deep.equal(Object.values(NGINX).sort()));

  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  const secret = join(folder, 'secret');
  before(() => writeFileSync(secret, `${TOKEN}\n`));
  after(() => rmSync(folder, { recursive: true }));
  for (const block of blocksIn('yaml')) {
    it(`with a configuration can be loaded: ${at(block)}`, () => {
      const names = [...block.text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name]) => name!);
      const tokens = Object.fromEntries([...names, 'TWILIO_AUTH_TOKEN'].map((name) => [name, TOKEN]));
      const env = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, ...tokens };
      const yaml = block.text.replaceAll(/\/run\/secrets\/\w+/g, secret);
      // A certificate is the reader's own.
      const absent = /\.(?:cert|key)_file: cannot be read: there is no such file$/;
      expect(problems(env, [yaml]).filter((problem) => !absent.test(problem))).to.deep.equal([]);
    });
  }

  const COMMENTS = [
    ['run', {}],
    ['run: beside an agent', { agent: 'beside' }],
    ['run: until http://localhost:8080/ready answers', { until: 'http://localhost:8080/ready' }],
    ['run: after an agent, until http://localhost:9/ answers', { agent: 'after', until: 'http://localhost:9/' }],
    ['not run: needs a Twilio account', 'not run'],
    ['not run', undefined],
    ['not run: no', undefined],
    ['run: somehow', undefined],
    ['', undefined],
  ] as const;
  for (const [comment, means] of COMMENTS) {
    it(`whose comment is "${comment}" ${means === undefined ? 'say neither' : 'say so'}`, () =>
      expect(instruction({ comment })).to.deep.equal(means));
  }

  it('are found with the comment directly before them', () => {
    const page = '<!-- run -->\n```sh\na\n```\n\n<!-- run -->\n\n  ```sh\n  b\n   c\n  ```\n```\ntext\n```\n';
    expect(blocksOf('p.md', page).map(({ line, text, comment }) => [line, text, comment])).to.deep.equal([
      [2, 'a\n', 'run'],
      [8, 'b\n c\n', ''],
    ]);
  });
});
