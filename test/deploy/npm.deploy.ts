import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { answers, freePort, start, temporaryFolder } from '../e2e/support/process.ts';
import { AUTH_TOKEN } from '../e2e/support/twilio.ts';
import { told } from '../told.ts';
import { packed } from './support/clone.ts';
import { play } from './support/container.ts';
import { version } from './support/image.ts';
import { publish, type Registry } from './support/registry.ts';
import { finished, ROOT, succeeded } from './support/run.ts';

const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
const NAME = 'twilio-otel-agent';

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

describe('npm package', function () {
  this.timeout(240_000);
  let clone: string;
  let tarball: string;
  let files: readonly string[];
  let registry: Registry;
  before(async () => {
    ({ clone, tarball, files } = await packed());
    registry = await publish(tarball, read(clone, 'package.json'));
  });
  after(() => registry?.server.close());

  /** Into an empty folder, with an empty cache, so that every hash is looked at. */
  const install = async (what: string, from: Registry = registry) => {
    const folder = temporaryFolder();
    const cache = join(folder, 'cache');
    const project = join(folder, 'project');
    mkdirSync(project);
    // `npm run --silent` hands its silence on.
    const args = ['install', what, '--loglevel=notice', '--registry', from.url, '--cache', cache];
    return { project, ...(await finished('npm', args, { cwd: project })) };
  };

  it('of a fresh clone holds the program and its files, and nothing that only this repository needs', () => {
    console.log(`      ${(statSync(tarball).size / 1000).toFixed(0)} kB, ${files.length} files`);
    expect(files).to.include.members([
      ...['dist/src/main.js', 'otel-config/agent.yaml', 'otel-config/prometheus/rules/agent.yml', 'LICENSE'],
      ...['grafana/dashboards/twilio-overview.json', 'deploy/systemd/twilio-otel-agent.service', 'sbom.cdx.json'],
      'npm-shrinkwrap.json',
    ]);
    expect(files.filter((path) => /\.(?:ts|map)$|^(?:src|test|node_modules)\//.test(path))).to.deep.equal([]);
  });

  it('leaves the clone as it was', async () => {
    for (const file of ['npm-shrinkwrap.json', 'sbom.cdx.json']) expect(existsSync(join(clone, file))).to.equal(false);
  });

  it('is published from where its repository is only', async () => {
    const script = join(ROOT, 'deploy/npm/prepublish.mjs');
    for (const [url, code] of [
      ['git+https://example.invalid/twilio-otel-agent.git', 1],
      ['git+https://git.example.com/twilio-otel-agent.git', 0],
    ]) {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'package.json'), JSON.stringify({ repository: { url } }));
      expect((await finished('node', [script], { cwd })).code, `${url}`).to.equal(code);
    }
  });

  describe('installed from a registry into an empty folder', () => {
    let project: string;
    let said: string;
    let home: string;
    before(async () => {
      const { code, stdout, stderr, ...rest } = await install(NAME);
      expect(code, stdout + stderr).to.equal(0);
      project = rest.project;
      said = stdout + stderr;
      home = join(project, 'node_modules', NAME);
    });

    it('warns of nothing but the two installation scripts that it does not need', () => {
      expect(said).to.contain('added ');
      const warnings = said.split('\n').filter((line) => /warn|deprecated|vulnerab/i.test(line));
      const expected = /classic-level@|protobufjs@|have install scripts|install-scripts ?$|npm install-scripts/;
      expect(warnings.filter((line) => !expected.test(line))).to.deep.equal([]);
    });

    it('has every package in the version and with the hash of package-lock.json', () => {
      const locked: Record<string, Locked> = read(ROOT, 'package-lock.json').packages;
      const got: Record<string, Locked> = read(project, 'package-lock.json').packages;
      const shipped = Object.entries(locked).filter(([path, { dev }]) => path !== '' && !dev);
      expect(shipped.length).to.be.greaterThan(100);
      for (const [path, { version, integrity }] of shipped) {
        const installed = got[`node_modules/${NAME}/${path}`];
        expect([path, installed?.version, installed?.integrity]).to.deep.equal([path, version, integrity]);
      }
      const beside = Object.keys(got).filter((path) => path !== '' && !path.startsWith(`node_modules/${NAME}`));
      expect(beside).to.deep.equal([]);
    });

    it('lists them with their licences and hashes', () => {
      const { components } = read(home, 'sbom.cdx.json');
      expect(components.length).to.be.greaterThan(100);
      for (const { name, licenses, hashes } of components) {
        expect(licenses, name).to.not.be.empty;
        expect(hashes, name).to.not.be.empty;
      }
    });

    it('runs its commands', async () => {
      const run = (...args: string[]) => succeeded('npx', ['--no-install', NAME, ...args], { cwd: project });
      expect((await run('--version')).trim()).to.equal(version());
      expect(await run('metrics')).to.contain('twilio_message_callback_total');
    });

    it('counts signed callbacks from wherever it is started, and keeps its ledger there', async () => {
      const cwd = temporaryFolder();
      const port = await freePort();
      const agent = await start({
        command: [join(project, 'node_modules/.bin', NAME)],
        env: { PATH: process.env['PATH'], PORT: `${port}`, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
        cwd,
        ready: answers(`http://127.0.0.1:${port}/ready`),
      });
      const played = await play(`http://127.0.0.1:${port}`);
      expect(await agent.stop()).to.equal(0);
      told(agent.output());
      expect(played.code, played.stdout + played.stderr).to.equal(0);
      expect(existsSync(join(cwd, 'data'))).to.equal(true);
    });
  });

  it('is not installed when one of its packages has another hash than it was tested with', async () => {
    const folder = temporaryFolder();
    await succeeded('tar', ['-xzf', tarball, '-C', folder]);
    const shrinkwrap = join(folder, 'package/npm-shrinkwrap.json');
    const changed = read(shrinkwrap);
    changed.packages['node_modules/koa'].integrity = `sha512-${'A'.repeat(86)}==`;
    writeFileSync(shrinkwrap, JSON.stringify(changed));
    await succeeded('tar', ['-czf', 'changed.tgz', 'package'], { cwd: folder });
    const other = await publish(join(folder, 'changed.tgz'), read(clone, 'package.json'));
    try {
      const { code, stderr } = await install(NAME, other);
      expect(stderr).to.contain('EINTEGRITY');
      expect(code).to.not.equal(0);
    } finally {
      other.server.close();
    }
  });
});
