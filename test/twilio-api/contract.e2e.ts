import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type AgentProcess, eventually, freePort, type Running, start, startAgent } from '../e2e/support/servers.ts';
import { SID, TOKEN } from './fake.ts';

const PRISM = fileURLToPath(new URL('../prism/', import.meta.url));

/** Prism, the mock server that Twilio's OpenAPI document makes, and what it says of each request. */
interface Mock {
  readonly prism: Running;
  /** A relay before it, which keeps the answers. */
  readonly relay: Server;
  readonly url: string;
  readonly answers: {
    readonly path: string;
    readonly status: number;
    readonly violations: readonly unknown[];
    readonly body: string;
  }[];
}

async function startMock(...flags: string[]): Promise<Mock> {
  const examples = flags.length === 0;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const prism = await start({
    command: [
      process.execPath,
      `${PRISM}node_modules/@stoplight/prism-cli/dist/index.js`,
      'mock',
      `${PRISM}twilio_api_v2010.json`,
      `--port=${port}`,
      ...flags,
    ],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    // Any answer will do: without credentials it is a refusal.
    ready: async () => void (await fetch(origin)),
  });
  const answers: Mock['answers'][number][] = [];
  const relay = createServer(async (req, res) => {
    const headers = {
      authorization: req.headers.authorization ?? '',
      accept: req.headers.accept ?? '',
      // Of the two examples of a list, the one that is not empty.
      ...(examples && req.url?.includes('Usage') ? { prefer: 'example=readFull' } : {}),
    };
    const answer = await fetch(origin + req.url, { headers });
    const body = await answer.text();
    const { status } = answer;
    answers.push({ path: req.url ?? '', status, violations: ofRequest(answer), body });
    res.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return { prism, relay, answers, url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}` };
}

/** What Prism finds wrong in a request. In answers it finds Twilio's own examples wrong: their links are no full URLs. */
function ofRequest(answer: Response): unknown[] {
  const found = JSON.parse(answer.headers.get('sl-violations') ?? '[]') as { location: string[] }[];
  return found.filter(({ location }) => location[0] === 'request');
}

const agentOn = (mock: Mock) =>
  startAgent({
    env: { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: mock.url },
    args: ['balance', 'usage'].flatMap((scraper) =>
      ['collection_interval=1s', 'initial_delay=0s'].flatMap((setting) => [
        '--set',
        `receivers.twilio_api.scrapers.${scraper}.${setting}`,
      ]),
    ),
  });

describe("Twilio's OpenAPI document, as a mock server", () => {
  let mock: Mock | undefined;
  let agent: AgentProcess | undefined;
  afterEach(async () => {
    if (agent) expect(await agent.stop()).to.equal(0);
    agent = undefined;
    mock?.relay.close();
    mock?.relay.closeAllConnections();
    await mock?.prism.stop();
  });

  it('its examples become figures, and no request of the agent violates it', async () => {
    mock = await startMock();
    agent = await agentOn(mock);
    const { answers } = mock;
    await eventually(() => expect(new Set(answers.map(({ path }) => path)).size).to.equal(2));
    const running = agent;
    await eventually(async () => {
      expect(await running.value('twilio_account_balance', { currency: 'USD' })).to.equal(0.05);
      expect(
        await running.value('twilio_usage_amount', { category: 'sms-inbound-shortcode', usage_unit: 'messages' }),
      ).to.equal(0);
      expect(
        await running.value('twilio_usage_price', { category: 'sms-inbound-shortcode', currency: 'USD' }),
      ).to.equal(0);
    });
    expect(await running.value('twilio_api_up')).to.equal(1);
    for (const operation of ['FetchBalance', 'FetchUsageRecordsToday']) {
      expect(await running.value('twilio_api_errors_total', { operation })).to.equal(0);
    }
    expect(answers.filter(({ status, violations }) => status !== 200 || violations.length > 0)).to.deep.equal([]);
  });

  it('answers of any shape that it allows never become NaN or a made-up figure', async () => {
    mock = await startMock('--dynamic', '--seed=twilio');
    agent = await agentOn(mock);
    const { answers } = mock;
    await eventually(() => expect(answers.length).to.be.above(3));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const page = await agent.metrics();
    expect(page).not.to.contain('NaN');
    // Balances made by the schema are any text: none of them is a number in a currency.
    const balances = answers.filter(({ path }) => path.includes('Balance')).map(({ body }) => JSON.parse(body).balance);
    expect(balances.filter((balance) => /^-?\d+(\.\d+)?$/.test(String(balance)))).to.deep.equal([]);
    expect(page).not.to.match(/^twilio_account_balance/m);
    expect(await agent.value('twilio_api_errors_total', { operation: 'FetchBalance' })).to.be.at.least(1);
    expect(answers.filter(({ status, violations }) => status === 422 || violations.length > 0)).to.deep.equal([]);
  });

  it('the mock server does judge requests: one that is wrong is refused', async () => {
    mock = await startMock();
    const wrong = await fetch(`${mock.url}/2010-04-01/Accounts/nobody/Usage/Records/Today.json?PageSize=5000`, {
      headers: { authorization: `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}` },
    });
    expect(wrong.status).to.equal(422);
  });
});
