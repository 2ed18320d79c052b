import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  type AgentProcess,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type Running,
  signedPost,
  start,
  startAgent,
} from '../e2e/support/servers.ts';
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
      ...(examples ? preferred(req.url ?? '') : {}),
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

/** The example of a list that is not empty, and of its second page one that is. */
function preferred(url: string): { prefer?: string } {
  if (url.includes('Usage')) return { prefer: 'example=readFull' };
  // Of calls the link to the second page holds dates that the document itself does not allow.
  if (url.includes('/Calls.json')) return { prefer: 'example=readEmptyDatesGreater' };
  if (url.includes('/Accounts.json')) return { prefer: 'example=readFull' };
  if (!url.includes('/Messages.json')) return {};
  return { prefer: `example=${url.includes('PageToken') ? 'readEmptySentdateGreater' : 'readFullPage1'}` };
}

const ASKED = ['/2010-04-01/Accounts.json?PageSize=1000', `/2010-04-01/Accounts/AC${'b'.repeat(32)}.json`];

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

  it('its lists of messages and calls are asked for as it says, and what is in them is read', async () => {
    mock = await startMock();
    agent = await startAgent({
      env: { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: mock.url },
      args: [
        'scrapers.balance.enabled=false',
        'scrapers.usage.enabled=false',
        ...['enabled=true', 'delay=1s', 'interval=2s', 'pages_per_hour=36000'].map((each) => `reconciliation.${each}`),
      ].flatMap((setting) => ['--set', `receivers.twilio_api.${setting}`]),
    });
    const { answers } = mock;
    const running = agent;
    await eventually(async () => {
      for (const operation of ['ListMessage', 'ListCall']) {
        expect(await running.value('twilio_api_last_success_timestamp_seconds', { operation }), operation).to.be.above(
          0,
        );
        expect(await running.value('twilio_api_errors_total', { operation })).to.equal(0);
      }
      expect(answers.length).to.be.above(2);
    });
    // The examples are of other times than those that were asked for.
    expect(await running.value('twilio_callbacks_expected_total', { family: 'message' })).to.equal(0);
    expect(
      answers.some(({ path }) => /DateSent%3E=.*PageSize=1000/.test(path)),
      'a first page',
    ).to.equal(true);
    expect(
      answers.some(({ path }) => /PageToken/.test(path)),
      'a second page',
    ).to.equal(true);
    expect(answers.filter(({ status, violations }) => status !== 200 || violations.length > 0)).to.deep.equal([]);
  });

  it('its list of accounts, and one of them, are asked for as it says, and what is in them is read', async () => {
    mock = await startMock();
    agent = await startAgent({
      env: { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, TWILIO_API_URL: mock.url },
      args: ['discover=true', 'scrapers.balance.enabled=false', 'scrapers.usage.enabled=false'].flatMap((setting) => [
        '--set',
        `receivers.twilio_api.${setting}`,
      ]),
    });
    const { answers } = mock;
    expect(await agent.value('twilio_agent_accounts_discovered', { status: 'active' })).to.equal(1);
    const stranger = messageStatus(freshSid('SM'), 'sent', { AccountSid: `AC${'b'.repeat(32)}` });
    const { status } = await signedPost(`${agent.url}/webhooks/message`, stranger, { token: TOKEN });
    expect(status).to.equal(401);
    await eventually(() => expect(answers.map(({ path }) => path)).to.deep.equal(ASKED));
    for (const operation of ['ListAccount', 'FetchAccount'])
      expect(await agent.value('twilio_api_errors_total', { operation })).to.equal(0);
    expect(answers.filter((answer) => answer.status !== 200 || answer.violations.length > 0)).to.deep.equal([]);
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
