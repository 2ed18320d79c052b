import { expect } from 'chai';
import { samples } from '../samples.ts';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { changed, OTHER_TOKEN, type Pair, PUBLIC_URL, signed, TOKEN, without } from './support/wire.ts';

const sample = (name: string): Pair[] => [
  ...new URLSearchParams(samples('other/products.json').find((each) => each.name === name)!.body),
];
const SUBACCOUNT = `AC${'b2'.repeat(16)}`;
const PARENT = `AC${'a1'.repeat(16)}`;
const COUNTED = /^twilio_debugger_(errors|warnings)_total\{error_category="(\w+)",product="(\w+)"\} ([1-9]\d*)$/gm;

describe("receive: the webhook of Twilio's Debugger", () => {
  let agent: TestAgent;
  afterEach(() => agent.stop());
  const post = async (pairs: readonly Pair[], token = TOKEN) =>
    (await exchange(agent.port, signed(pairs, { target: '/webhooks/debugger', token }))).status;
  const counted = async () => [...(await agent.page()).matchAll(COUNTED)].map((match) => match.slice(1, 5).join(' '));

  const CASES: readonly (readonly [name: string, pairs: readonly Pair[], counted: string])[] = [
    ['an error', sample('debugger.error'), 'errors webhook voice 1'],
    ['a warning, in another spelling', sample('debugger.warning-whatsapp'), 'warnings content messaging 1'],
    ['a payload that is no JSON', sample('debugger.broken-payload'), 'errors other other 1'],
    ['no code', sample('debugger.no-error-code'), 'errors other voice 1'],
    ['no payload', without(sample('debugger.error'), 'Payload', 'PayloadType'), 'errors other other 1'],
    [
      'our own URL',
      changed(
        sample('debugger.error'),
        'Payload',
        `{"error_code":"11200","resource_sid":"CA${'d4'.repeat(16)}","more_info":{"url":"${PUBLIC_URL}/webhooks/call"}}`,
      ),
      'errors webhook this_agent 1',
    ],
    [
      'a payload with a page of HTML',
      changed(
        sample('debugger.error'),
        'Payload',
        JSON.stringify({ error_code: '12100', webhook: { response: { body: 'x'.repeat(40_000) } } }),
      ),
      'errors config voice 1',
    ],
    [
      'a payload on several lines',
      changed(sample('debugger.error'), 'Payload', '{\r\n\t"error_code": 30003\r\n}'),
      'errors delivery messaging 1',
    ],
  ];
  for (const [name, pairs, want] of CASES) {
    it(`${name}: ${want}; sent twice it counts once`, async () => {
      agent = await TestAgent.start();
      for (let i = 0; i < 2; i++) expect(await post(pairs)).to.equal(204);
      expect(await counted()).to.deep.equal([want]);
      const { outcomes } = await agent.counts();
      expect(outcomes).to.deep.equal({ 'debugger/accepted': 1, 'debugger/duplicate': 1 });
    });
  }

  it('what a program printed is answered and counts nothing', async () => {
    agent = await TestAgent.start();
    expect(await post(changed(sample('debugger.error'), 'Level', 'INFO'))).to.equal(204);
    expect((await agent.counts()).outcomes).to.deep.equal({ 'debugger/ignored': 1 });
    expect(await counted()).to.deep.equal([]);
  });

  const REFUSED: readonly (readonly [name: string, pairs: readonly Pair[], reason: string])[] = [
    ['no SID', without(sample('debugger.error'), 'Sid'), 'missing_field'],
    ['the SID of a message', changed(sample('debugger.error'), 'Sid', `SM${'c5'.repeat(16)}`), 'invalid_sid'],
    ['two SIDs', [...sample('debugger.error'), ['Sid', `NO${'00'.repeat(16)}`]], 'duplicate_parameter'],
    ['no level', without(sample('debugger.error'), 'Level'), 'missing_field'],
    ['an entry of long ago', changed(sample('debugger.error'), 'Timestamp', '2020-01-01T00:00:00Z'), 'too_old'],
    [
      'a recording',
      [
        ['RecordingSid', `RE${'f6'.repeat(16)}`],
        ['RecordingStatus', 'completed'],
      ],
      'wrong_feed',
    ],
  ];
  for (const [name, pairs, reason] of REFUSED) {
    it(`${name}: ${reason}`, async () => {
      agent = await TestAgent.start();
      expect(await post(pairs)).to.equal(400);
      expect((await agent.counts()).outcomes).to.deep.equal({ [`debugger/${reason}`]: 1 });
      expect(await agent.page()).to.not.include('twilio_debugger_');
    });
  }

  for (const first of ['the webhook', 'Event Streams'] as const) {
    it(`an entry counts once on both roads, ${first} first`, async () => {
      agent = await TestAgent.start();
      const pairs = sample('debugger.error');
      const sid = new Map(pairs).get('Sid');
      const data = { sid, level: 'ERROR', error_code: '11200', payload: new Map(pairs).get('Payload') };
      const event = signedJson([cloudEvent('com.twilio.error-logs.error.logged', data)]);
      const roads = [() => post(pairs), async () => (await exchange(agent.port, event)).status];
      if (first === 'Event Streams') roads.reverse();
      for (const road of roads) expect(await road()).to.equal(204);
      expect(await counted()).to.deep.equal(['errors webhook voice 1']);
    });
  }

  it('an entry of a subaccount that has a token here is taken with either', async () => {
    const accounts = `[{account_sid: ${SUBACCOUNT}, auth_tokens: [${OTHER_TOKEN}]}]`;
    agent = await TestAgent.start({ 'receivers.twilio.account_sid': PARENT, 'receivers.twilio.accounts': accounts });
    const pairs = changed(changed(sample('debugger.error'), 'AccountSid', SUBACCOUNT), 'ParentAccountSid', PARENT);
    expect(await post(pairs, TOKEN)).to.equal(204);
    expect(await post(pairs, OTHER_TOKEN)).to.equal(204);
    expect(await post(without(pairs, 'ParentAccountSid'), TOKEN)).to.equal(401);
  });

  for (const [whose, token, status] of [
    ["the parent's token", TOKEN, 204],
    ['a token of neither', OTHER_TOKEN, 401],
  ] as const) {
    it(`an entry of a subaccount that has no token here, signed with ${whose}: ${status}`, async () => {
      agent = await TestAgent.start({ 'receivers.twilio.account_sid': PARENT });
      const pairs = changed(changed(sample('debugger.error'), 'AccountSid', SUBACCOUNT), 'ParentAccountSid', PARENT);
      expect(await post(pairs, token)).to.equal(status);
      expect(await post(changed(pairs, 'ParentAccountSid', ''), TOKEN)).to.equal(401);
    });
  }
});
