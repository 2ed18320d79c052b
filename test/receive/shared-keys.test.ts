import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { TestAgent } from './support/agent.ts';
import { messageEvent, sha256 } from './support/json.ts';
import { exchange } from './support/socket.ts';
import { form, freshSid, message, PUBLIC_URL, request, TOKEN } from './support/wire.ts';

const KEY = 'webhooks_sharedkey_01first0000000000000000000';
const SECRET = 'a-secret-that-twilio-showed-once';
const NEXT = 'webhooks_sharedkey_02next00000000000000000000';
const NEXT_SECRET = 'the-secret-of-the-key-that-comes-next';
const HEADER = 'X-Twilio-Webhooks-Signature-Settings';
const KEYS = {
  'receivers.twilio.shared_keys': `[{ key: ${KEY}, secret: ${SECRET} }, { key: ${NEXT}, secret: ${NEXT_SECRET} }]`,
};

const hmac = (algorithm: string, secret: string, text: string) =>
  createHmac(algorithm, secret).update(text).digest('base64');

interface Signed {
  readonly algorithm?: 'sha1' | 'sha256';
  readonly secret?: string;
  readonly settings?: readonly string[];
}
const settingsOf = (key: string) => `key=${key},algorithm=HMAC_SHA256`;

function signedForm({ algorithm = 'sha256', secret = SECRET, settings = [settingsOf(KEY)] }: Signed): Buffer {
  const pairs = message();
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `${PUBLIC_URL}/webhooks/message${sorted.flat().join('')}`;
  const headers = { 'X-Twilio-Signature': hmac(algorithm, secret, text) };
  return request({ body: form(pairs), headers, lines: settings.map((each) => `${HEADER}: ${each}`) });
}

function signedBatch(settings = [settingsOf(KEY)], changed = ''): Buffer {
  const body = JSON.stringify([messageEvent(freshSid('SM'), 'SENT')]);
  const target = `/webhooks/events?bodySHA256=${sha256(body)}`;
  const signature = hmac('sha256', SECRET, PUBLIC_URL + target);
  return request({
    target,
    body: body + changed,
    headers: { 'Content-Type': 'application/json', 'X-Twilio-Signature': signature },
    lines: settings.map((each) => `${HEADER}: ${each}`),
  });
}

type Case = readonly [name: string, sent: Signed];
const GOOD: readonly Case[] = [
  ['the key that the header names', {}],
  ['another one', { secret: NEXT_SECRET, settings: [settingsOf(NEXT)] }],
  ['the algorithm first, and a blank', { settings: [`algorithm=HMAC_SHA256, key=${KEY}`] }],
  ['settings that this version does not know beside them', { settings: [`${settingsOf(KEY)},version=2`] }],
  ['an auth token, without the header', { algorithm: 'sha1', secret: TOKEN, settings: [] }],
  ['an auth token and SHA-1 by name', { algorithm: 'sha1', secret: TOKEN, settings: ['algorithm=HMAC_SHA1'] }],
];
const BAD: readonly Case[] = [
  ['the header twice', { settings: [settingsOf(KEY), settingsOf(KEY)] }],
  ['the header twice, once for each key', { settings: [settingsOf(KEY), settingsOf(NEXT)] }],
  ['an empty header', { settings: [''] }],
  ['words', { settings: ['HMAC_SHA256'] }],
  ['the secret of another key', { secret: NEXT_SECRET }],
  ['a key that is not known', { settings: [settingsOf('webhooks_sharedkey_03other')] }],
  ['a key that is no shared key', { settings: [settingsOf('__proto__')] }],
  ['a key twice', { settings: [`key=${NEXT},${settingsOf(KEY)}`] }],
  ['an algorithm twice', { settings: [`algorithm=HMAC_SHA1,${settingsOf(KEY)}`] }],
  ['an algorithm that is not known', { settings: [`key=${KEY},algorithm=HMAC_MD5`] }],
  ['an algorithm in small letters', { settings: [`key=${KEY},algorithm=hmac_sha256`] }],
  ['none', { settings: [`key=${KEY},algorithm=none`] }],
  ['semicolons', { settings: [`key=${KEY};algorithm=HMAC_SHA256`] }],
  ['no algorithm', { settings: [`key=${KEY}`] }],
  ['no key', { settings: ['algorithm=HMAC_SHA256'] }],
  ['no header at all', { settings: [] }],
  ['SHA-1 with the secret of a key', { algorithm: 'sha1' }],
  ['SHA-1 with the secret of a key, by name', { algorithm: 'sha1', settings: [`key=${KEY},algorithm=HMAC_SHA1`] }],
  ['SHA-1 with the secret of a key, without the header', { algorithm: 'sha1', settings: [] }],
  ['SHA-1 with an auth token for a key', { algorithm: 'sha1', secret: TOKEN }],
  ['SHA-256 with an auth token', { secret: TOKEN }],
  ['SHA-256 with an auth token, without a key', { secret: TOKEN, settings: ['algorithm=HMAC_SHA256'] }],
  ['SHA-256 with an auth token, without the header', { secret: TOKEN, settings: [] }],
];

describe('receive: shared keys', () => {
  let agent: TestAgent;
  const verified = async () =>
    Object.fromEntries(
      [
        ...(await agent.page()).matchAll(
          /^twilio_agent_signatures_verified_total\{token_index="(\w+)"\} ([1-9]\d*)$/gm,
        ),
      ].map(([, index, count]) => [index, Number(count)]),
    );

  describe('beside an auth token', () => {
    before(async () => {
      agent = await TestAgent.start(KEYS);
    });
    after(() => agent.stop());

    for (const [name, sent] of BAD) {
      it(`refuse ${name}`, async () => {
        const before = await agent.counts();
        const answer = await exchange(agent.port, signedForm(sent));
        expect([answer.status, answer.body]).to.deep.equal([401, 'Invalid signature']);
        const { outcomes, twilio } = await agent.since(before, 1);
        expect([outcomes, twilio]).to.deep.equal([{ 'message/signature_invalid': 1 }, {}]);
        expect(await verified()).to.deep.equal({});
      });
    }

    it('do not verify a batch whose body was changed, and do not count it as verified', async () => {
      expect((await exchange(agent.port, signedBatch([settingsOf(KEY)], ' '))).status).to.equal(401);
      expect((await agent.counts()).outcomes['events/body_hash_mismatch']).to.equal(1);
      expect(await verified()).to.deep.equal({});
    });

    it('verify what they signed, told apart from tokens by position', async () => {
      for (const [name, sent] of GOOD)
        expect((await exchange(agent.port, signedForm(sent))).status, name).to.equal(204);
      expect((await exchange(agent.port, signedBatch())).status).to.equal(204);
      expect(await verified()).to.deep.equal({ 0: 2, shared_key_0: 4, shared_key_1: 1 });
    });
  });

  it('serve without any auth token', async () => {
    agent = await TestAgent.start({ ...KEYS, 'receivers.twilio.auth_token': '' });
    try {
      expect((await exchange(agent.port, signedForm({}))).status).to.equal(204);
      expect((await exchange(agent.port, signedBatch())).status).to.equal(204);
      expect((await exchange(agent.port, signedBatch([]))).status).to.equal(401);
      expect(await agent.page()).to.match(/^twilio_agent_signature_verification 1$/m);
    } finally {
      await agent.stop();
    }
  });

  it('verify the published samples of both kinds', async () => {
    const file = JSON.parse(readFileSync(new URL('../fixtures/events/event-streams.json', import.meta.url), 'utf8'));
    agent = await TestAgent.start({
      'receivers.twilio.shared_keys': `[{ key: ${file.sharedKey.id}, secret: ${file.sharedKey.secret} }]`,
      'receivers.twilio.families.events.public_urls': 'https://otel.example.com/twilio/event-streams',
      'receivers.twilio.families.message.public_urls': 'https://otel.example.com/twilio/message-status',
    });
    try {
      const statuses: Record<string, number> = {};
      for (const { name, url, body, contentType, signature, headers } of file.samples) {
        if (!name.startsWith('sharedkey.')) continue;
        const { pathname, search } = new URL(url);
        const target = (pathname.endsWith('event-streams') ? '/webhooks/events' : '/webhooks/message') + search;
        const sent = { 'Content-Type': contentType, 'X-Twilio-Signature': signature, ...headers };
        statuses[name] = (await exchange(agent.port, request({ target, body, headers: sent }))).status;
      }
      expect(statuses).to.deep.equal({ 'sharedkey.form': 204, 'sharedkey.json': 204, 'sharedkey.downgrade': 401 });
    } finally {
      await agent.stop();
    }
  });
});
