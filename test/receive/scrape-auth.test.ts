import { expect } from 'chai';
import { loadConfig, setLayer } from '../../src/config/load.ts';
import { TestAgent } from './support/agent.ts';
import { exchange } from './support/socket.ts';
import { request } from './support/wire.ts';

const basic = (text: string, scheme = 'Basic') => `${scheme} ${Buffer.from(text).toString('base64')}`;
const BASIC = {
  'exporters.prometheus.basic_auth.username': 'prometheus',
  'exporters.prometheus.basic_auth.password': 'pässwörd:with:colons',
};
const RIGHT = basic('prometheus:pässwörd:with:colons');
const BEARER = { 'exporters.prometheus.bearer_token': 'a-token-of-some-length' };

type Case = readonly [name: string, asked: Record<string, string>, header: string | null, status: number];
const CASES: readonly Case[] = [
  ['nothing is asked for, nothing is given', {}, null, 200],
  ['nothing is asked for, something is given', {}, RIGHT, 200],
  ['the right name and password', BASIC, RIGHT, 200],
  ['the scheme in another case', BASIC, basic('prometheus:pässwörd:with:colons', 'bASIC'), 200],
  ['nothing', BASIC, null, 401],
  ['an empty header', BASIC, '', 401],
  ['the scheme alone', BASIC, 'Basic', 401],
  ['another password', BASIC, basic('prometheus:password'), 401],
  ['another name', BASIC, basic('Prometheus:pässwörd:with:colons'), 401],
  ['the beginning of the password', BASIC, basic('prometheus:pässwörd:with:colon'), 401],
  ['more than the password', BASIC, basic('prometheus:pässwörd:with:colons:'), 401],
  ['what is no base64', BASIC, 'Basic %%%', 401],
  ['the name and password in the clear', BASIC, 'Basic prometheus:pässwörd:with:colons', 401],
  ['name and password as a bearer token', BASIC, 'Bearer prometheus:p', 401],
  ['the right token', BEARER, 'Bearer a-token-of-some-length', 200],
  ['another token', BEARER, 'Bearer a-token-of-some-lengtH', 401],
  ['the token as a password', BEARER, basic('a-token-of-some-length'), 401],
  ['the token and more', BEARER, 'Bearer a-token-of-some-length more', 401],
];

describe('receive: what the scrape page asks for', () => {
  for (const [name, asked, header, status] of CASES) {
    it(`${name}: ${status}`, async () => {
      const agent = await TestAgent.start(asked);
      try {
        for (const target of ['/metrics', '/']) {
          const headers = { Authorization: header, 'Content-Type': null, 'Content-Length': null };
          const answer = await exchange(agent.port, request({ method: 'GET', target, headers }));
          expect(answer.status, target).to.equal(status);
          if (status === 200) continue;
          const scheme = 'exporters.prometheus.bearer_token' in asked ? 'Bearer' : 'Basic';
          expect(answer.head).to.match(new RegExp(`^WWW-Authenticate: ${scheme} realm=`, 'm'));
          expect(answer.body).to.equal('Unauthorized\n');
        }
        const open = await exchange(agent.port, request({ method: 'GET', target: '/ready' }));
        expect(open.status, 'health checks ask for nothing').to.equal(200);
      } finally {
        await agent.stop();
      }
    });
  }

  it('counts who does not know it, says so once a minute, and tells neither word', async () => {
    const agent = await TestAgent.start(BASIC);
    const get = (header: string) =>
      exchange(agent.port, request({ method: 'GET', target: '/metrics', headers: { Authorization: header } }));
    for (let i = 0; i < 3; i++) await get(basic('prometheus:guess'));
    const { body } = await get(RIGHT);
    expect(body).to.include('twilio_agent_transport_errors_total{reason="unauthorized"} 3');
    const lines = agent.log.filter((line) => line.includes('without what exporters.prometheus asks for'));
    expect(lines).to.have.length(1);
    expect(body + agent.log.join('')).to.not.match(/pässwörd|guess/);
    await agent.stop();
  });
});

describe('config: what the scrape page asks for', () => {
  const P = 'exporters.prometheus';
  const problems = (...sets: string[]) =>
    loadConfig(sets.map(setLayer), {}).problems.map(({ path, message }) => `${path}: ${message}`);
  const WRONG: readonly (readonly [name: string, sets: string[], told: string])[] = [
    ['a name alone', [`${P}.basic_auth.username=a`], `${P}.basic_auth.password: is needed beside username`],
    ['a password alone', [`${P}.basic_auth.password=a`], `${P}.basic_auth.username: is needed beside password`],
    [
      'a name with a colon, which ends it',
      [`${P}.basic_auth.username=a:b`, `${P}.basic_auth.password=c`],
      `${P}.basic_auth.username: must not contain ":", got "a:b"`,
    ],
    [
      'both ways',
      [`${P}.basic_auth.username=a`, `${P}.basic_auth.password=c`, `${P}.bearer_token=d`],
      `${P}.bearer_token: stands beside basic_auth: who scrapes can send one of them only`,
    ],
    [
      'a token with a line end',
      [`${P}.bearer_token="d e"`],
      `${P}.bearer_token: must not contain white space: was it copied with a line end?`,
    ],
  ];
  for (const [name, sets, told] of WRONG) {
    it(`${name} is an error`, () => expect(problems(...sets)).to.deep.equal([told]));
  }
});
