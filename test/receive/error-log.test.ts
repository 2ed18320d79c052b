import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, sha256, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { OTHER_TOKEN, PUBLIC_URL, signature } from './support/wire.ts';

let last = 0;
const entry = (data: Json): Json =>
  cloudEvent('com.twilio.error-logs.error.logged', {
    sid: `NO${(++last).toString(16).padStart(32, '0')}`,
    level: 'ERROR',
    ...data,
  });
const sid = (prefix: string) => prefix + 'd4'.repeat(16);
const about = (payload: Json, data: Json = {}): Json =>
  entry({ error_code: '11200', payload: JSON.stringify(payload), ...data });
const ofUrl = (url: string): Json => about({ resource_sid: sid('CA'), webhook: { request: { url } } });

type Case = readonly [name: string, event: Json, error_category: string, product: string];
const CASES: readonly Case[] = [
  ['the resource that the payload names', about({ resource_sid: sid('MM') }), 'webhook', 'messaging'],
  ['a call', about({ resource_sid: sid('CA') }), 'webhook', 'voice'],
  ['a task', about({ resource_sid: sid('WT') }), 'webhook', 'taskrouter'],
  ['a flow', about({ resource_sid: sid('FW') }), 'webhook', 'studio'],
  ['a verification', about({ resource_sid: sid('VE') }), 'webhook', 'verify'],
  ['a sink', about({ resource_sid: sid('DG') }), 'webhook', 'event_streams'],
  [
    'the service, where the resource tells nothing',
    about({ resource_sid: 'x', service_sid: sid('ZS') }),
    'webhook',
    'functions',
  ],
  ['the entry, where the payload tells nothing', about({}, { correlation_sid: sid('CH') }), 'webhook', 'conversations'],
  [
    'a payload that is an object',
    entry({ error_code: 30003, payload: { resource_sid: sid('SM') } }),
    'delivery',
    'messaging',
  ],
  ['the code, where nothing is named', entry({ error_code: '53000' }), 'media', 'video'],
  ['a code that several products have', entry({ error_code: '11200' }), 'webhook', 'other'],
  ['a payload that is no JSON', entry({ error_code: 82005, payload: 'oops {' }), 'other', 'functions'],
  [
    'the code of the payload, where the entry has none',
    about({ error_code: 30003 }, { error_code: null }),
    'delivery',
    'messaging',
  ],
  [
    'the code in more_info',
    about({ more_info: { ErrorCode: '30003' } }, { error_code: undefined }),
    'delivery',
    'messaging',
  ],
  ['no code', entry({}), 'other', 'other'],
  ['a code that nobody knows', entry({ error_code: '999999' }), 'other', 'other'],
  ['our own URL', ofUrl(`${PUBLIC_URL}/webhooks/message`), 'webhook', 'this_agent'],
  [
    'our own URL in more_info',
    about({ more_info: { url: `${PUBLIC_URL}/webhooks/events?bodySHA256=0` } }),
    'webhook',
    'this_agent',
  ],
  [
    'our own URL with credentials, a port and a host in capitals',
    ofUrl('https://me:it@AGENT.example:443/webhooks/call'),
    'webhook',
    'this_agent',
  ],
  ['another path of our host', ofUrl(`${PUBLIC_URL}/voice`), 'webhook', 'voice'],
  ['a path that begins alike', ofUrl(`${PUBLIC_URL}/webhooks-of-mine/call`), 'webhook', 'voice'],
  ['a host that ends alike', ofUrl('https://not-agent.example/webhooks/call'), 'webhook', 'voice'],
  ['our URL in the query of another', ofUrl(`https://app.example/?to=${PUBLIC_URL}/webhooks/call`), 'webhook', 'voice'],
  ['a URL that is none', ofUrl('https://['), 'webhook', 'voice'],
];

const COUNTED = /^twilio_debugger_(errors|warnings)_total\{error_category="(\w+)",product="(\w+)"\} ([1-9]\d*)$/gm;

describe("receive: entries of Twilio's error log", () => {
  let agent: TestAgent;
  beforeEach(async () => {
    agent = await TestAgent.start();
  });
  afterEach(() => agent.stop());
  const send = async (...events: readonly Json[]) => (await exchange(agent.port, signedJson(events))).status;
  const counted = async () => [...(await agent.page()).matchAll(COUNTED)].map((match) => match.slice(1, 5).join(' '));

  for (const [name, event, category, product] of CASES) {
    it(`${name}: ${category}, ${product}`, async () => {
      expect(await send(event, event)).to.equal(204);
      expect(await counted()).to.deep.equal([`errors ${category} ${product} 1`]);
    });
  }

  it('warnings are counted apart, and what a program printed is not', async () => {
    const levels = ['WARNING', 'Warning', 'INFO', 'DEBUG'];
    expect(await send(...levels.map((level) => entry({ level, error_code: '82005' })))).to.equal(204);
    expect(await counted()).to.deep.equal(['warnings other functions 2']);
    expect((await agent.counts()).outcomes).to.deep.equal({
      'events/accepted': 1,
      'events:accepted': 2,
      'events:ignored': 2,
    });
  });

  it('shows every series at zero from the first genuine batch on, and none before', async () => {
    const zero = /^twilio_debugger_(?:errors|warnings)_total\{.*\} 0$/gm;
    await exchange(agent.port, signedJson([], { token: OTHER_TOKEN }));
    expect((await agent.page()).match(zero)).to.equal(null);
    await send();
    expect((await agent.page()).match(zero)).to.have.length(2 * 11 * 12);
    expect(await agent.page()).to.match(/^twilio_agent_events_total\{feed="events",outcome="accepted"\} 0$/m);
  });

  for (const feed of ['events', 'debugger']) {
    it(`shows every series at zero from the start where ${feed} is switched on by name`, async () => {
      await agent.stop();
      agent = await TestAgent.start({ [`receivers.twilio.families.${feed}.enabled`]: 'true' });
      const page = await agent.page();
      expect(page.match(/^twilio_debugger_(?:errors|warnings)_total\{.*\} 0$/gm)).to.have.length(2 * 11 * 12);
      expect(page).to.include(`twilio_agent_callbacks_total{family="${feed}",outcome="duplicate"} 0\n`);
      expect(/^twilio_agent_events_total\{feed="events",outcome="accepted"\} 0$/m.test(page)).to.equal(
        feed === 'events',
      );
    });
  }

  it('knows its own URL from the request where none is configured', async () => {
    await agent.stop();
    agent = await TestAgent.start({ 'receivers.twilio.public_urls': '' });
    const event = ofUrl('http://127.0.0.1:8080/webhooks/message');
    const body = JSON.stringify([event]);
    const url = `http://127.0.0.1:8080/webhooks/events?bodySHA256=${sha256(body)}`;
    const sent = signedJson(body, { headers: { 'X-Twilio-Signature': signature(url) } });
    expect((await exchange(agent.port, sent)).status).to.equal(204);
    expect(await counted()).to.deep.equal(['errors webhook this_agent 1']);
  });
});
