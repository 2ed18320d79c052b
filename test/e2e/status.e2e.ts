import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from './support/browser.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freshSid,
  messageStatus,
  post,
  signedPost,
  startAgent,
} from './support/servers.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const signed = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL: 'https://hooks.example' };
const PUBLIC = 'https://hooks.example/webhooks/message';

interface State {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly play?: (agent: AgentProcess) => Promise<unknown>;
  readonly verdict: string;
}

const genuine = async ({ url }: AgentProcess, count: number) => {
  for (let i = 0; i < count; i++) {
    const answer = await signedPost(`${url}/webhooks/message`, messageStatus(freshSid('SM'), 'delivered'), {
      signedUrl: PUBLIC,
    });
    expect(answer.status).to.equal(204);
  }
};
const forged = ({ url }: AgentProcess) => post(`${url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'));

const STATES: readonly State[] = [
  { name: 'a fresh trial', env: {}, verdict: 'Local trial' },
  { name: 'fresh, with a token', env: signed, verdict: 'Ready, and no callback came' },
  { name: 'under traffic', env: signed, play: (agent) => genuine(agent, 5), verdict: 'All is well: 5 callbacks' },
  { name: 'a wrong token', env: signed, play: forged, verdict: 'refused: signature_missing' },
  {
    name: 'a ledger in memory',
    env: signed,
    args: ['--set', 'receivers.twilio.storage=memory'],
    play: (agent) => genuine(agent, 1),
    verdict: 'The ledger is in memory',
  },
  {
    name: 'a backend that is down',
    env: { ...signed, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    args: ['--set', 'exporters.otlp.interval=1s', '--set', 'exporters.otlp.timeout=500ms'],
    verdict: 'otlp takes nothing',
  },
  {
    name: 'a ledger whose folder is gone',
    env: signed,
    play: async (agent) => {
      rmSync(agent.storageDir, { recursive: true });
      await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'), { signedUrl: PUBLIC });
    },
    verdict: 'No callback is accepted now',
  },
];

describe('the status page, in Chromium', () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  /** A page of its own, with whatever it complained about. */
  async function open(agent: AgentProcess, options: Parameters<Browser['newPage']>[0]) {
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => request.url().startsWith(agent.url) || complaints.push(request.url()));
    await page.goto(`${agent.url}/`);
    return { page, complaints };
  }

  for (const { name, env, args = [], play, verdict } of STATES) {
    describe(name, () => {
      let agent: AgentProcess;
      before(async () => {
        agent = await startAgent({ env, args: [...args] });
        await play?.(agent);
        await eventually(async () => expect(await (await fetch(agent.url)).text()).to.include(verdict));
      });
      after(() => agent?.stop());

      for (const [width, colorScheme] of [
        [360, 'light'],
        [1_440, 'light'],
        [1_440, 'dark'],
      ] as const) {
        it(`${width} pixels, ${colorScheme}: the verdict stands at the top, nothing runs over, axe finds no fault`, async () => {
          // Axe brings a script of its own, which the page's policy would refuse.
          const { page } = await open(agent, { viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
          const heading = page.locator('#verdict');
          expect(await heading.textContent()).to.include(verdict);
          expect((await heading.boundingBox())!.y).to.be.below(250);
          expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).to.be.at.most(0);
          expect(await faults(page)).to.deep.equal([]);
          await page.close();
        });
      }

      it('asks nobody but the agent, obeys its policy, and says the same without JavaScript', async () => {
        const { page, complaints } = await open(agent, {});
        const without = await open(agent, { javaScriptEnabled: false });
        const text = (one: Page) => one.locator('h2, h3').allTextContents();
        expect(await text(without.page)).to.deep.equal(await text(page));
        expect([...complaints, ...without.complaints]).to.deep.equal([]);
        await Promise.all([page.close(), without.page.close()]);
      });
    });
  }

  it('shows new figures by itself, and can be used by keyboard alone', async () => {
    const agent = await startAgent({ env: signed });
    const { page, complaints } = await open(agent, {});
    expect(await page.title()).to.match(/^All right/);
    await genuine(agent, 3);
    await forged(agent);
    await page.locator('#verdict', { hasText: 'refused: signature_missing' }).waitFor({ timeout: 20_000 });
    expect(await page.title()).to.match(/^Look at this/);
    const reached: string[] = [];
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate('document.activeElement.textContent.slice(0, 40)'));
    }
    expect(reached.join('\n')).to.include('The configuration that it started with').and.include('/status.json');
    expect(complaints).to.deep.equal([]);
    expect(await (await fetch(`${agent.url}/status.json`)).json()).to.include({ state: 'attention', version: '0.1.0' });
    await page.close();
    await agent.stop();
  });

  it('leaves open what was opened, and the focus where it was, when it renews itself', async () => {
    const agent = await startAgent({ env: signed });
    const { page } = await open(agent, {});
    const summary = page.locator('#live summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    await genuine(agent, 1);
    await page.locator('#verdict', { hasText: '1 callback counted' }).waitFor({ timeout: 20_000 });
    expect(await page.locator('#live details').getAttribute('open')).to.not.equal(null);
    expect(await page.evaluate('document.activeElement.tagName')).to.equal('SUMMARY');
    await page.close();
    await agent.stop();
  });

  it('does not go on saying that all is well when the agent is gone', async () => {
    const agent = await startAgent({ env: signed });
    await forged(agent);
    const { page } = await open(agent, {});
    await agent.stop();
    await page.locator('.verdict.problem', { hasText: 'does not answer' }).waitFor({ timeout: 20_000 });
    expect(await page.title()).to.match(/^No answer/);
    // What was first to do is so no more.
    expect(await page.locator('.verdict').textContent()).to.not.include("Twilio's");
    await page.close();
  });

  it('takes the time of one scrape, and no work while nobody looks', async () => {
    const agent = await startAgent({ env: signed });
    await fetch(agent.url);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      // What was made within the last second is shown again.
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      const from = performance.now();
      await (await fetch(agent.url)).text();
      times.push(performance.now() - from);
    }
    console.log(`      rendered in ${times.sort((a, b) => a - b)[2]!.toFixed(1)} ms (median of 5)`);
    const scrapes = () => agent.value('twilio_agent_scrape_duration_seconds_count', {});
    const before = await scrapes();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await scrapes())! - before!).to.equal(1);
    await agent.stop();
  });
});

/** What axe finds at fault: contrast, landmarks, names, and the like. */
async function faults(page: Page): Promise<unknown[]> {
  await page.addScriptTag({ path: AXE });
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html.slice(0, 120), nodes[0]?.failureSummary]);
}
