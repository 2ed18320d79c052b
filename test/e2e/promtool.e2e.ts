import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { AUTH_TOKEN, promtool, startAgent } from './support/servers.ts';
import { mainTraffic, openingTraffic } from './support/traffic.ts';

const FOLDER = fileURLToPath(new URL('../../otel-config/prometheus/', import.meta.url));
const EVERY_FAMILY = new URL('../golden/families.txt', import.meta.url);
const files = (folder: string) =>
  readdirSync(FOLDER + folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${FOLDER}${folder}${name}`);

/** What `promtool check metrics` may say of the scrape page: nothing. The given names force no complaint. */
const COMPLAINTS: readonly string[] = [];

describe('promtool', () => {
  it('check config finds no fault in prometheus.yml, and every file of rules', async () => {
    const { code, stdout, stderr } = await promtool([
      'check',
      'config',
      '--lint=all',
      '--lint-fatal',
      `${FOLDER}prometheus.yml`,
    ]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(`${files('rules/').length} rule files found`);
  });

  for (const file of files('rules/')) {
    it(`check rules finds no fault in ${file.slice(FOLDER.length)}`, async () => {
      const { code, stderr } = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', file]);
      expect(code, stderr).to.equal(0);
    });
  }

  for (const file of files('tests/')) {
    it(`test rules passes ${file.slice(FOLDER.length)}`, async () => {
      const { code, stdout, stderr } = await promtool(['test', 'rules', file]);
      expect(code, stdout + stderr).to.equal(0);
    });
  }

  it('check metrics has no complaint about the scrape page after traffic', async () => {
    const agent = await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } });
    await openingTraffic(agent.url);
    await mainTraffic(agent.url);
    const { stdout, stderr } = await promtool(['check', 'metrics'], await agent.metrics());
    await agent.stop();
    expect(`${stdout}${stderr}`.split('\n').filter(Boolean)).to.deep.equal(COMPLAINTS);
  });

  it('check metrics has no complaint about the page with every family', async () => {
    const { code, stdout, stderr } = await promtool(['check', 'metrics'], readFileSync(EVERY_FAMILY, 'utf8'));
    expect(`${stdout}${stderr}`.split('\n').filter(Boolean)).to.deep.equal(COMPLAINTS);
    expect(code).to.equal(0);
  });
});
