import { expect } from 'chai';
import { configFrom, type Sources } from '../../src/config/layers/files.ts';
import { isSigned, listenOn } from '../../src/config/listen.ts';
import { newSigner } from '../sendgrid.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC_URL = 'https://twilio.example.com';
const ADVICE = 'set TWILIO_AUTH_TOKEN (an empty one is none), or ask for a local trial with --trial';
const NOTHING_VERIFIES = `is the URL that Twilio calls, but no auth token is set to verify what comes: ${ADVICE}`;

const loaded = (env: Sources['env'], sets: readonly string[] = [], rest: Partial<Sources> = {}) =>
  configFrom({ files: [], assignments: sets, env, ...rest });
const problems = (...given: Parameters<typeof loaded>) =>
  loaded(...given).problems.map(({ path, message }) => `${path}: ${message}`);

const REQUIRED = `receivers.twilio.require_signature (from TWILIO_REQUIRE_SIGNATURE): is true, but no auth token is set: ${ADVICE}`;
const MIRRORED = 'receivers.twilio.families.call.public_urls=[https://app.example.com/status]';

const SENDGRID_PUBLIC_KEY = newSigner().shown;

const CASES: readonly (readonly [
  name: string,
  env: Sources['env'],
  sets: readonly string[],
  told: readonly string[],
])[] = [
  ['nothing at all: a fresh clone is a trial', {}, [], []],
  ['an empty token and an empty URL', { TWILIO_AUTH_TOKEN: '', PUBLIC_URL: '' }, [], []],
  ['a public URL', { PUBLIC_URL }, [], [`receivers.twilio.public_urls (from PUBLIC_URL): ${NOTHING_VERIFIES}`]],
  [
    'a public URL and a token that is empty',
    { PUBLIC_URL, TWILIO_AUTH_TOKEN: '' },
    [],
    [`receivers.twilio.public_urls (from PUBLIC_URL): ${NOTHING_VERIFIES}`],
  ],
  [
    'subaccounts that are to be discovered',
    {},
    ['receivers.twilio_api.discover=true'],
    [
      'receivers.twilio_api.discover: needs an auth token of the parent to verify with (TWILIO_AUTH_TOKEN)',
      'receivers.twilio_api.discover: needs the credentials of a parent in accounts (TWILIO_ACCOUNT_SID)',
    ],
  ],
  [
    "an application's URL of one family",
    {},
    [MIRRORED],
    [`receivers.twilio.families.call.public_urls: ${NOTHING_VERIFIES}`],
  ],
  ['a public URL, and unsigned callbacks allowed by name', { PUBLIC_URL, TWILIO_ALLOW_UNSIGNED: 'true' }, [], []],
  ['signatures required', { TWILIO_REQUIRE_SIGNATURE: 'true' }, [], [REQUIRED]],
  [
    'signatures required, and a public URL: told once',
    { TWILIO_REQUIRE_SIGNATURE: 'true', PUBLIC_URL },
    [],
    [REQUIRED],
  ],
  [
    'signatures required and not required at once',
    { TWILIO_REQUIRE_SIGNATURE: 'true', TWILIO_ALLOW_UNSIGNED: 'true' },
    [],
    [REQUIRED],
  ],
  ["a key of SendGrid's alone", { SENDGRID_PUBLIC_KEY }, [], []],
  ["signatures required, with a key of SendGrid's", { TWILIO_REQUIRE_SIGNATURE: 'true', SENDGRID_PUBLIC_KEY }, [], []],
  [
    "a key of SendGrid's, and a public URL of Twilio's whose token is lost",
    { SENDGRID_PUBLIC_KEY, PUBLIC_URL },
    [],
    [`receivers.twilio.public_urls (from PUBLIC_URL): ${NOTHING_VERIFIES}`],
  ],
  ['signatures required, with a token', { TWILIO_REQUIRE_SIGNATURE: 'true', TWILIO_AUTH_TOKEN: TOKEN }, [], []],
  [
    'signatures required, with accounts only',
    { TWILIO_REQUIRE_SIGNATURE: 'true' },
    [`receivers.twilio.accounts=[{account_sid: AC${'0'.repeat(32)}, auth_tokens: [${TOKEN}]}]`],
    [],
  ],
];

describe('config: an agent without a token', () => {
  for (const [name, env, sets, told] of CASES) {
    it(`${name}: ${told.length === 0 ? 'starts' : 'does not start'}`, () => {
      expect(problems(env, sets)).to.deep.equal(told);
    });

    it(`${name}: starts as a trial of this machine when it is asked to`, () => {
      const { config } = loaded(env, sets, { trial: true });
      const { twilio } = config!.receivers;
      expect([isSigned(twilio), twilio.allow_unsigned]).to.deep.equal([false, false]);
      expect(listenOn(twilio).map(({ host }) => host)).to.deep.equal(['127.0.0.1', '::1']);
    });

    it(`${name}: who only looks at the ledger needs no token`, () => {
      expect(problems(env, sets, { starts: false })).to.deep.equal([]);
    });
  }

  it('is no trial on a public address, asked or not', () => {
    const open = ['receivers.twilio.endpoint=0.0.0.0:8080'];
    for (const trial of [false, true]) {
      expect(problems({}, open, { trial })[0]).to.match(
        /^receivers\.twilio\.endpoint: "0\.0\.0\.0:8080" is open to others/,
      );
    }
  });

  it('keeps the credentials of the REST side when it is asked to be a trial', () => {
    const account = `AC${'0'.repeat(32)}`;
    const { config } = loaded({ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_ACCOUNT_SID: account }, [], { trial: true });
    expect(config!.receivers.twilio_api.accounts[0]).to.include({ account_sid: account, auth_token: TOKEN });
  });
});
