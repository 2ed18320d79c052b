import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { cloudEvent, type Json, messageEvent, signedJson } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { freshSid } from './support/wire.ts';

const sid = (name: string) => `AC${name.repeat(32)}`;
const token = (name: string) => `token-of-account-${name.repeat(15)}`;
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e'];

const of = (name: string): Json => messageEvent(freshSid('SM'), 'SENT', { accountSid: sid(name) });
const inText = (name: string): Json => ({ ...of(name), data: JSON.stringify(of(name)['data']) });
const call = (parameters: unknown): Json =>
  cloudEvent('com.twilio.voice.status-callback.call.completed', { request: { parameters } });
const completed = (name: string) => ({ CallSid: freshSid('CA'), CallStatus: 'completed', AccountSid: sid(name) });
const logged = (name: string) =>
  cloudEvent('com.twilio.error-logs.error.logged', {
    sid: `NO${'0'.repeat(32)}`,
    account_sid: sid(name),
    level: 'INFO',
  });

/** Who signs the batch, what it holds, and whether it is believed. */
const CASES: readonly (readonly [name: string, signer: string, events: () => readonly Json[], good: boolean])[] = [
  ['the account that the first event names', 'e', () => [of('e')], true],
  ['the same, although other accounts have events in it', 'e', () => [of('e'), of('a'), of('x')], true],
  ['the account named by JSON in a text', 'e', () => [inText('e')], true],
  ['the account named by the parameters of a call', 'e', () => [call(completed('e'))], true],
  [
    'the account named by parameters in a text in a text',
    'e',
    () => [{ ...call({}), data: JSON.stringify({ request: JSON.stringify({ parameters: completed('e') }) }) }],
    true,
  ],
  ['the account named in small letters', 'e', () => [logged('e')], true],
  ['another account, which comes first in the configuration', 'a', () => [of('e')], true],
  ['another one, which comes third', 'c', () => [of('e')], true],
  ['one of the first four, of an event that names nobody known', 'd', () => [of('x')], true],
  ['the fifth: no more than four keys are tried', 'e', () => [of('a')], false],
  ['nobody', 'x', () => [of('a')], false],
];

describe('receive: batches of several accounts', () => {
  let agent: TestAgent;
  before(async () => {
    const accounts = ACCOUNTS.map((name) => `{ account_sid: ${sid(name)}, auth_tokens: [${token(name)}] }`);
    agent = await TestAgent.start({
      'receivers.twilio.auth_token': '',
      'receivers.twilio.accounts': `[${accounts.join(', ')}]`,
    });
  });
  after(() => agent.stop());

  for (const [name, signer, events, good] of CASES) {
    it(`${good ? 'takes' : 'refuses'} what is signed by ${name}`, async () => {
      const { status } = await exchange(agent.port, signedJson(events(), { token: token(signer) }));
      expect(status).to.equal(good ? 204 : 401);
    });
  }
});
