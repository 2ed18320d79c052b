import { fileURLToPath } from 'node:url';
import { startBrowser } from '../support/browser.ts';
import { AUTH_TOKEN, startAgent } from '../support/servers.ts';
import { mainTraffic, openingTraffic } from '../support/traffic.ts';

// `npm run screenshots`: the status page of a real agent after traffic, for the documentation.
const agent = await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN } });
const browser = await startBrowser();
for (let i = 0; i < 4; i++) {
  await (i === 0 ? openingTraffic(agent.url) : mainTraffic(agent.url));
  await new Promise((resolve) => setTimeout(resolve, 15_000));
}
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 1_000, height: 900 }, colorScheme });
  await page.goto(agent.url);
  const path = fileURLToPath(new URL(`../../../docs/status-${colorScheme}.png`, import.meta.url));
  await page.screenshot({ path });
}
await browser.close();
await agent.stop();
process.exit(0);
