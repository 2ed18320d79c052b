import { expect } from 'chai';
import type { Rejection } from '../../src/rejection.ts';
import { ACCOUNT, outcome, PAIRS, type Sent, TOKEN, verifier, verify } from './request.ts';

const OTHER_TOKEN = 'f'.repeat(32);
const OTHER_ACCOUNT = `AC${'c3'.repeat(16)}`;
const of = (sid: string | undefined) =>
  PAIRS.flatMap((pair) => (pair[0] !== 'AccountSid' ? [pair] : sid ? [['AccountSid', sid] as const] : []));

type Case = readonly [name: string, options: Parameters<typeof verifier>[0], sent: Sent, expected: string];

const URLS: readonly Case[] = [
  [
    'the public URL and the path of the family',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com/webhooks/message' },
    'ok',
  ],
  [
    'a prefix that the proxy strips',
    { publicUrls: ['https://example.com/twilio'] },
    { url: 'https://example.com/twilio/webhooks/message' },
    'ok',
  ],
  [
    'the URL without that prefix',
    { publicUrls: ['https://example.com/twilio'] },
    { url: 'https://example.com/webhooks/message' },
    'signature_invalid',
  ],
  [
    'the second of two public URLs',
    { publicUrls: ['https://a.example', 'https://b.example/x'] },
    { url: 'https://b.example/x/webhooks/message' },
    'ok',
  ],
  [
    'a third that is not configured',
    { publicUrls: ['https://a.example', 'https://b.example'] },
    { url: 'https://c.example/webhooks/message' },
    'signature_invalid',
  ],
  [
    'a port that Twilio drops',
    { publicUrls: ['https://example.com:8443'] },
    { url: 'https://example.com/webhooks/message' },
    'ok',
  ],
  [
    'a port that Twilio keeps',
    { publicUrls: ['https://example.com:8443'] },
    { url: 'https://example.com:8443/webhooks/message' },
    'ok',
  ],
  [
    'the standard port, added',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com:443/webhooks/message' },
    'ok',
  ],
  [
    'the standard port of http, added',
    { publicUrls: ['http://example.com'] },
    { url: 'http://example.com:80/webhooks/message' },
    'ok',
  ],
  [
    'a port that nobody named',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com:8443/webhooks/message' },
    'signature_invalid',
  ],
  [
    'http where https is public',
    { publicUrls: ['https://example.com'] },
    { url: 'http://example.com/webhooks/message' },
    'signature_invalid',
  ],
  [
    'a slash at the end',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com/webhooks/message/' },
    'signature_invalid',
  ],
  [
    'a query, byte for byte',
    { publicUrls: ['https://example.com'] },
    { query: "a=%2f+'&b", url: "https://example.com/webhooks/message?a=%2f+'&b" },
    'ok',
  ],
  [
    'a query of nothing, signed with its question mark',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com/webhooks/message?', target: '/webhooks/message?' },
    'ok',
  ],
  [
    'a query of nothing, signed without its question mark',
    { publicUrls: ['https://example.com'] },
    { url: 'https://example.com/webhooks/message', target: '/webhooks/message?' },
    'signature_invalid',
  ],
  [
    'credentials of a public URL, which Twilio does not sign',
    { publicUrls: ['https://user:1234@example.com'] },
    { url: 'https://example.com/webhooks/message' },
    'ok',
  ],
  [
    'credentials of a public URL, signed',
    { publicUrls: ['https://user:1234@example.com'] },
    { url: 'https://user:1234@example.com/webhooks/message' },
    'ok',
  ],
  [
    'a query that was encoded anew',
    { publicUrls: ['https://example.com'] },
    { query: 'a=%2F', url: 'https://example.com/webhooks/message?a=%2f' },
    'signature_invalid',
  ],
  [
    'GET, where the URL alone is signed',
    { publicUrls: ['https://example.com'] },
    { method: 'GET', query: 'MessageStatus=sent', url: 'https://example.com/webhooks/message?MessageStatus=sent' },
    'ok',
  ],
  [
    'the exact URL of the family, at a path of its own',
    { familyUrls: { message: ['https://app.example/sms/status'] } },
    { url: 'https://app.example/sms/status' },
    'ok',
  ],
  [
    'the exact URL of another family',
    { familyUrls: { call: ['https://app.example/sms/status'] } },
    { url: 'https://app.example/sms/status' },
    'signature_invalid',
  ],
  [
    'the public URL beside the URL of the family',
    { publicUrls: ['https://example.com'], familyUrls: { message: ['https://app.example/sms'] } },
    { url: 'https://example.com/webhooks/message' },
    'ok',
  ],
  [
    'a forged Host beside a public URL',
    { publicUrls: ['https://example.com'] },
    { url: 'https://evil.example/webhooks/message', headers: { host: 'evil.example' } },
    'signature_invalid',
  ],
  [
    'a Host that is not looked at beside a public URL',
    { publicUrls: ['https://example.com'] },
    {
      url: 'https://example.com/webhooks/message',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    },
    'ok',
  ],
  [
    'Host, when no public URL is set',
    {},
    { url: 'http://agent.example:8080/webhooks/message', headers: { host: 'agent.example:8080' } },
    'ok',
  ],
  [
    'Host without its port',
    {},
    { url: 'http://agent.example/webhooks/message', headers: { host: 'agent.example:8080' } },
    'ok',
  ],
  ['a Host that is no host', {}, { url: 'http://a/b/webhooks/message', headers: { host: 'a/b' } }, 'signature_invalid'],
];

const FORWARDED = { host: '10.0.0.5:8080', 'x-forwarded-host': 'example.com', 'x-forwarded-proto': 'https' };
const PUBLIC = 'https://example.com/webhooks/message';

const PROXIES: readonly Case[] = [
  [
    'a scheme in upper case',
    { trustedProxies: ['10.0.0.1'] },
    { url: PUBLIC, headers: { ...FORWARDED, 'x-forwarded-proto': 'HTTPS' }, peer: '10.0.0.1' },
    'ok',
  ],
  ['a trusted address', { trustedProxies: ['10.0.0.1'] }, { url: PUBLIC, headers: FORWARDED, peer: '10.0.0.1' }, 'ok'],
  [
    'an address in a trusted CIDR',
    { trustedProxies: ['10.0.0.0/8'] },
    { url: PUBLIC, headers: FORWARDED, peer: '10.200.3.4' },
    'ok',
  ],
  [
    'an address beside the CIDR',
    { trustedProxies: ['10.0.0.0/9'] },
    { url: PUBLIC, headers: FORWARDED, peer: '10.200.3.4' },
    'signature_invalid',
  ],
  [
    'an IPv4 address on an IPv6 socket',
    { trustedProxies: ['10.0.0.0/8'] },
    { url: PUBLIC, headers: FORWARDED, peer: '::ffff:10.1.1.1' },
    'ok',
  ],
  [
    'a mapped CIDR',
    { trustedProxies: ['::ffff:10.0.0.0/104'] },
    { url: PUBLIC, headers: FORWARDED, peer: '10.1.1.1' },
    'ok',
  ],
  ['an IPv6 CIDR', { trustedProxies: ['fd00::/8'] }, { url: PUBLIC, headers: FORWARDED, peer: 'fd12::7' }, 'ok'],
  [
    'an IPv6 address beside the CIDR',
    { trustedProxies: ['fd00::/16'] },
    { url: PUBLIC, headers: FORWARDED, peer: 'fd12::7' },
    'signature_invalid',
  ],
  [
    'a link-local address with its zone',
    { trustedProxies: ['fe80::/10'] },
    { url: PUBLIC, headers: FORWARDED, peer: 'fe80::1%eth0' },
    'ok',
  ],
  ['no trusted proxy at all', {}, { url: PUBLIC, headers: FORWARDED, peer: '127.0.0.1' }, 'signature_invalid'],
  [
    'only the first of a chain of proxies counts',
    { trustedProxies: ['10.0.0.1'] },
    {
      url: PUBLIC,
      headers: { ...FORWARDED, 'x-forwarded-host': 'example.com, inner.example', 'x-forwarded-proto': 'https, http' },
      peer: '10.0.0.1',
    },
    'ok',
  ],
  [
    'a port of the proxy',
    { trustedProxies: ['10.0.0.1'] },
    {
      url: 'https://example.com:8443/webhooks/message',
      headers: { ...FORWARDED, 'x-forwarded-port': '8443' },
      peer: '10.0.0.1',
    },
    'ok',
  ],
  [
    'a prefix that the proxy names',
    { trustedProxies: ['10.0.0.1'] },
    {
      url: 'https://example.com/twilio/webhooks/message',
      headers: { ...FORWARDED, 'x-forwarded-prefix': '/twilio' },
      peer: '10.0.0.1',
    },
    'ok',
  ],
  [
    'a scheme that is none',
    { trustedProxies: ['10.0.0.1'] },
    { url: PUBLIC, headers: { ...FORWARDED, 'x-forwarded-proto': 'gopher' }, peer: '10.0.0.1' },
    'signature_invalid',
  ],
];

const AT = { url: 'https://example.com/webhooks/message' };
const PUBLIC_URLS = { publicUrls: ['https://example.com'] };
const TWO_ACCOUNTS = {
  ...PUBLIC_URLS,
  accounts: [
    { accountSid: ACCOUNT, authTokens: [TOKEN] },
    { accountSid: OTHER_ACCOUNT, authTokens: [OTHER_TOKEN] },
  ],
};

const ACCOUNTS: readonly Case[] = [
  ['no signature', PUBLIC_URLS, {}, 'signature_missing'],
  ['an empty signature', PUBLIC_URLS, { ...AT, headers: { 'x-twilio-signature': '' } }, 'signature_invalid'],
  [
    'a signature of the wrong length',
    PUBLIC_URLS,
    { ...AT, headers: { 'x-twilio-signature': 'a'.repeat(29) } },
    'signature_invalid',
  ],
  [
    'the right length, not base64',
    PUBLIC_URLS,
    { ...AT, headers: { 'x-twilio-signature': '\u00e9'.repeat(28) } },
    'signature_invalid',
  ],
  ['the token of another account', PUBLIC_URLS, { ...AT, token: OTHER_TOKEN }, 'signature_invalid'],
  [
    'the second token, while it is rotated',
    { ...PUBLIC_URLS, accounts: [{ authTokens: [OTHER_TOKEN, TOKEN] }] },
    AT,
    'ok',
  ],
  ['one token for whatever account sends', PUBLIC_URLS, { ...AT, pairs: of(OTHER_ACCOUNT) }, 'ok'],
  [
    'the second of two accounts, with its own token',
    TWO_ACCOUNTS,
    { ...AT, pairs: of(OTHER_ACCOUNT), token: OTHER_TOKEN },
    'ok',
  ],
  [
    "the second account, with the first one's token",
    TWO_ACCOUNTS,
    { ...AT, pairs: of(OTHER_ACCOUNT) },
    'signature_invalid',
  ],
  ['an account that is not configured', TWO_ACCOUNTS, { ...AT, pairs: of(`AC${'d4'.repeat(16)}`) }, 'account_unknown'],
  ['no AccountSid, with two accounts', TWO_ACCOUNTS, { ...AT, pairs: of(undefined) }, 'account_unknown'],
  [
    'no AccountSid, with one account',
    { ...PUBLIC_URLS, accounts: TWO_ACCOUNTS.accounts.slice(0, 1) },
    { ...AT, pairs: of(undefined) },
    'ok',
  ],
  [
    'an account beside the one that is configured',
    { ...PUBLIC_URLS, accounts: TWO_ACCOUNTS.accounts.slice(0, 1) },
    { ...AT, pairs: of(OTHER_ACCOUNT) },
    'account_unknown',
  ],
  ['an account named like a method of objects', TWO_ACCOUNTS, { ...AT, pairs: of('constructor') }, 'account_unknown'],
];

const UNSIGNED = { accounts: [] };
const HERE = { peer: '127.0.0.1' };
const TRIAL: readonly Case[] = [
  ...['localhost', 'localhost:8080', 'LOCALHOST:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080'].map(
    (host): Case => [`Host ${host}`, UNSIGNED, { ...HERE, headers: { host } }, 'ok'],
  ),
  ...['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].map(
    (peer): Case => [`from ${peer}`, UNSIGNED, { peer }, 'ok'],
  ),
  ...['203.0.113.9', '::ffff:203.0.113.9', 'fd00::1', ''].map(
    (peer): Case => [`from "${peer}", whatever its Host`, UNSIGNED, { peer }, 'trial_only'],
  ),
  ...[
    'example.com',
    'abc.ngrok.app',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.168.1.5:8080',
    '[::2]',
    '',
  ].map((host): Case => [`Host "${host}"`, UNSIGNED, { ...HERE, headers: { host } }, 'trial_only']),
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-server',
    'x-forwarded-ssl',
    'forwarded',
    'via',
    'x-real-ip',
  ].map(
    (name): Case => [
      `${name}, as a tunnel or a proxy sets it`,
      UNSIGNED,
      { ...HERE, headers: { [name]: '203.0.113.9' } },
      'trial_only',
    ],
  ),
  ['a header that is empty', UNSIGNED, { ...HERE, headers: { via: '' } }, 'trial_only'],
  ['HTTP/1.0, which proxies speak by default', UNSIGNED, { ...HERE, httpVersion: '1.0' }, 'trial_only'],
  [
    'a signature that nobody can check',
    UNSIGNED,
    { ...HERE, url: 'http://localhost:8080/webhooks/message' },
    'trial_only',
  ],
  [
    'any Host, when unsigned callbacks are allowed from anywhere',
    { ...UNSIGNED, unsigned: 'anywhere' },
    { headers: { host: 'example.com', 'x-forwarded-for': '203.0.113.9', via: '1.0 proxy' }, httpVersion: '1.0' },
    'ok',
  ],
  ['no signature beside a token, whatever is allowed', { unsigned: 'anywhere' }, {}, 'signature_missing'],
];

for (const [title, cases] of Object.entries({ URLS, PROXIES, ACCOUNTS, TRIAL })) {
  describe(`verify: ${title.toLowerCase()}`, () => {
    for (const [name, options, sent, expected] of cases) {
      it(`${name}: ${expected}`, () => {
        expect(outcome(verifier(options), sent)).to.equal(expected);
      });
    }
  });
}

describe('verify: what it tells', () => {
  it('counts valid signatures by the position of their token, never by its value', () => {
    const room = verifier({ ...PUBLIC_URLS, accounts: [{ authTokens: [OTHER_TOKEN, TOKEN] }] });
    verify(room, AT);
    verify(room, AT);
    verify(room, { ...AT, token: OTHER_TOKEN });
    outcome(room, { ...AT, token: 'wrong' });
    expect([...room.verified.values()]).to.deep.equal([1, 2, 0, 0]);
  });

  it('names what showed that an unsigned request may have been passed on', () => {
    const shown = (sent: Sent) => {
      try {
        verify(verifier(UNSIGNED), { ...HERE, ...sent });
      } catch (error) {
        return (error as Rejection).body.split(': ')[1];
      }
      return 'nothing';
    };
    expect(shown({})).to.equal('nothing');
    expect(shown({ peer: '10.0.0.1' })).to.equal('the peer');
    expect(shown({ httpVersion: '1.0' })).to.equal('HTTP/1.0');
    expect(shown({ headers: { host: 'example.com' } })).to.equal('Host');
    // Its name may be anything, so it is not told.
    expect(shown({ headers: { 'x-forwarded-15558675310': '' } })).to.equal('X-Forwarded-*');
    expect(shown({ headers: { via: '1.1 proxy' } })).to.equal('Via');
  });

  it('is strict about SIDs, except in local trial', () => {
    expect(verifier().strictSids).to.equal(true);
    expect(verifier({ ...UNSIGNED, unsigned: 'anywhere' }).strictSids).to.equal(true);
    expect(verifier(UNSIGNED).strictSids).to.equal(false);
  });

  it('names the URLs that it tried, without query, credentials and signature', () => {
    const room = verifier({ publicUrls: ['https://user:secret@example.com/twilio', 'https://b.example'] });
    const query = 'MessageSid=SM123&token=abc';
    try {
      verify(room, { url: 'https://elsewhere.example', query });
      expect.fail('it was accepted');
    } catch (error) {
      const { reason, detail, body } = error as Rejection;
      expect(reason).to.equal('signature_invalid');
      expect(detail).to.equal(
        'tried https://example.com/twilio/webhooks/message, https://example.com:443/twilio/webhooks/message, ' +
          'https://b.example/webhooks/message, https://b.example:443/webhooks/message',
      );
      expect(body).to.equal('Invalid signature');
    }
  });

  it('says so when the Host cannot be used', () => {
    try {
      verify(verifier(), { url: 'http://x', headers: { host: '+15558675310/x' } });
      expect.fail('it was accepted');
    } catch (error) {
      expect((error as Rejection).detail).to.equal('tried no URL: the Host header is unusable');
    }
  });
});
