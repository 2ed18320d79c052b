import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { command } from '../command.ts';
import { told } from '../told.ts';

const SID = `AC${'5'.repeat(32)}`;
const TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const SUBACCOUNT = `AC${'6'.repeat(32)}`;
const SUB_TOKEN = 'decade00decade00decade00decade00';
const PUBLIC_URL = 'https://hooks.example.com/twilio';
const ENV = { TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL };

type Form = Readonly<Record<string, string>>;
/** What Twilio sends, with everything in it that is easily spoilt. */
const FORM: Form = {
  AccountSid: SID,
  MessageSid: `SM${'7'.repeat(32)}`,
  SmsSid: `SM${'7'.repeat(32)}`,
  MessageStatus: 'delivered',
  To: '+14155550123',
  From: '+14155550199',
  Body: 'Grüße & 100 % + more \n',
  ApiVersion: '2010-04-01',
  ErrorMessage: '',
};
const without = (name: string): Form => Object.fromEntries(Object.entries(FORM).filter(([key]) => key !== name));

interface Given {
  readonly signedUrl?: string;
  readonly signedForm?: Form;
  readonly token?: string;
  readonly target?: string;
  readonly form?: Form;
  readonly body?: string;
  readonly headers?: Form;
}

const encode = (form: Form) => new URLSearchParams(form).toString();
const URL_OF = `${PUBLIC_URL}/webhooks/message`;

/** The request as it arrived, in raw HTTP; what Twilio signed is another one where the case says so. */
function raw({
  signedUrl = URL_OF,
  signedForm = FORM,
  token = TOKEN,
  target = '/webhooks/message',
  form = FORM,
  body,
  headers = {},
}: Given): string {
  const lines = {
    Host: 'hooks.example.com',
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'X-Twilio-Signature': getExpectedTwilioSignature(token, signedUrl, signedForm),
    ...headers,
  };
  const head = Object.entries(lines).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]));
  return [`POST ${target} HTTP/1.1`, ...head, '', body ?? encode(form)].join('\r\n');
}

const BATCH = `[{"specversion": "1.0", "type": "com.twilio.messaging.message.delivered", "data": {"accountSid": "${SID}"}}]`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** A batch of Event Streams. */
const batch = (arrived: string, { query, signed = BATCH }: { query?: string; signed?: string } = {}): string => {
  const hash = `?bodySHA256=${sha256(signed)}`;
  return raw({
    target: `/webhooks/events${query ?? hash}`,
    signedUrl: `${PUBLIC_URL}/webhooks/events${hash}`,
    signedForm: {},
    body: arrived,
    headers: { 'Content-Type': 'application/json' },
  });
};

interface Case {
  readonly name: string;
  readonly file: string | (() => string);
  readonly env?: Form;
  readonly sets?: readonly string[];
  /** How the findings begin; `ok` where it would be accepted. */
  readonly says: readonly string[];
}

const OK = 'its signature holds, with receivers.twilio.auth_token,';
const CASES: readonly Case[] = [
  { name: 'it is whole', file: raw({}), says: [OK] },
  {
    name: 'it is whole, as it was before a proxy that strips the prefix',
    file: raw({ target: '/twilio/webhooks/message' }),
    says: [OK],
  },
  {
    name: 'it is whole, with a port that Twilio put into what it signed',
    file: raw({ signedUrl: URL_OF.replace('.com', '.com:443') }),
    says: [OK],
  },
  { name: 'it is whole, in a file that an editor ended with a new line', file: `${raw({})}\n`, says: [OK] },
  { name: 'it is whole, with the line ends of Unix', file: raw({}).replaceAll('\r\n', '\n'), says: [OK] },
  {
    name: 'it is a whole GET',
    file: raw({
      signedUrl: `${URL_OF}?${encode(FORM)}`,
      signedForm: {},
      target: `/webhooks/message?${encode(FORM)}`,
      body: '',
    }).replace('POST', 'GET'),
    says: [OK],
  },
  {
    name: 'it is signed with the second token',
    env: { TWILIO_AUTH_TOKEN: 'abcdefabcdefabcdefabcdefabcdef00', TWILIO_AUTH_TOKEN_SECONDARY: TOKEN },
    file: raw({}),
    says: ['its signature holds, with receivers.twilio.auth_token_secondary'],
  },
  // The URL.
  {
    name: 'it was signed for http',
    file: raw({ signedUrl: URL_OF.replace('https', 'http') }),
    says: ['scheme: the scheme differs'],
  },
  {
    name: 'it was signed for another host',
    file: raw({ signedUrl: URL_OF.replace('hooks', 'old'), headers: { 'X-Forwarded-Host': 'old.example.com' } }),
    says: ['host: the host differs'],
  },
  {
    name: 'it was signed for a port',
    file: raw({ signedUrl: URL_OF.replace('.com', '.com:8080') }),
    says: ['port: the port differs'],
  },
  {
    name: 'the prefix is missing in PUBLIC_URL',
    env: { PUBLIC_URL: 'https://hooks.example.com' },
    file: raw({ target: '/twilio/webhooks/message', signedUrl: `https://hooks.example.com/webhooks/message` }),
    says: ['prefix: a path prefix'],
  },
  {
    name: 'the prefix is one too many in PUBLIC_URL',
    file: raw({ signedUrl: 'https://hooks.example.com/webhooks/message' }),
    says: ['prefix: a path prefix'],
  },
  {
    name: 'it was signed with a slash at the end',
    file: raw({ signedUrl: `${URL_OF}/` }),
    says: ['slash: a slash at the end'],
  },
  {
    name: 'no PUBLIC_URL is set, and TLS ends before the agent',
    env: { PUBLIC_URL: '' },
    file: raw({ signedUrl: 'https://hooks.example.com/webhooks/message' }),
    says: ['scheme: the scheme differs'],
  },
  {
    name: 'scheme and prefix differ',
    file: raw({ signedUrl: 'http://hooks.example.com/webhooks/message' }),
    says: ['scheme: the scheme differs', 'prefix: a path prefix'],
  },
  // The query.
  {
    name: 'the query was re-encoded',
    file: raw({ signedUrl: `${URL_OF}?a=%7Eb%20c`, target: '/webhooks/message?a=~b+c' }),
    says: ['query: it was re-encoded'],
  },
  {
    name: 'the query was decoded',
    file: raw({ signedUrl: `${URL_OF}?a=%2Fb`, target: '/webhooks/message?a=/b' }),
    says: ['query: it was re-encoded'],
  },
  {
    name: 'the query was put into another order',
    file: raw({ signedUrl: `${URL_OF}?a=1&b=2`, target: '/webhooks/message?b=2&a=1' }),
    says: ['query: its parameters were put into another order'],
  },
  {
    name: 'something was added to the query',
    file: raw({ signedUrl: `${URL_OF}?a=1`, target: '/webhooks/message?a=1&utm=x' }),
    says: ['query: something was added'],
  },
  // The body.
  {
    name: 'the body was encoded twice',
    file: raw({ body: encode(Object.fromEntries(Object.entries(FORM).map(([k, v]) => [k, encodeURIComponent(v)]))) }),
    says: ['body: it was re-encoded'],
  },
  {
    name: 'a plus was read as a blank',
    file: raw({ form: { ...FORM, To: ' 14155550123', From: ' 14155550199' } }),
    says: ['body: it was re-encoded'],
  },
  {
    name: 'a character set was mistaken',
    file: raw({ form: { ...FORM, Body: Buffer.from(FORM['Body']!).toString('latin1') } }),
    says: ['body: it was re-encoded'],
  },
  {
    name: 'a value was trimmed',
    file: raw({
      form: { ...FORM, Body: FORM['Body']!.trimEnd() },
      signedForm: { ...FORM, Body: `${FORM['Body']!.trimEnd()} ` },
    }),
    says: ['body: blanks at an end of a value were trimmed: Body'],
  },
  {
    name: 'an empty parameter was dropped',
    file: raw({ form: without('ErrorMessage') }),
    says: ['body: a parameter was dropped on the way: ErrorMessage'],
  },
  {
    name: 'a parameter was dropped that says what another one says',
    file: raw({ form: without('SmsSid') }),
    says: ['body: a parameter was dropped on the way: SmsSid'],
  },
  {
    name: 'a parameter was added',
    file: raw({ form: { ...FORM, Tenant: 'x' } }),
    says: ['body: a parameter was added on the way: Tenant'],
  },
  {
    name: 'a parameter was dropped and the scheme differs',
    file: raw({ form: without('ErrorMessage'), signedUrl: URL_OF.replace('https', 'http') }),
    says: ['scheme: the scheme differs', 'body: a parameter was dropped on the way: ErrorMessage'],
  },
  // Event Streams.
  { name: 'a batch is whole', file: batch(BATCH), says: [OK] },
  { name: 'bodySHA256 was dropped', file: batch(BATCH, { query: '' }), says: ['query: bodySHA256 was dropped'] },
  {
    name: 'the JSON was written anew',
    file: batch(JSON.stringify(JSON.parse(BATCH)), { signed: BATCH }),
    says: ['body: it was altered'],
  },
  {
    name: 'the JSON was made pretty',
    file: batch(JSON.stringify([1, { a: 2 }], null, 2), { signed: '[1,{"a":2}]' }),
    says: ['body: its JSON was written anew'],
  },
  // Whose it is.
  {
    name: 'it is a subaccount whose token is not here',
    file: raw({
      form: { ...FORM, AccountSid: SUBACCOUNT },
      signedForm: { ...FORM, AccountSid: SUBACCOUNT },
      token: SUB_TOKEN,
    }),
    says: ['no key of the configuration (of 1) verifies it'],
  },
  {
    name: 'it is a subaccount that is here',
    sets: [`receivers.twilio.accounts=[{account_sid: ${SUBACCOUNT}, auth_tokens: [${SUB_TOKEN}]}]`],
    file: raw({
      form: { ...FORM, AccountSid: SUBACCOUNT },
      signedForm: { ...FORM, AccountSid: SUBACCOUNT },
      token: SUB_TOKEN,
    }),
    says: ['its signature holds, with receivers.twilio.accounts.0.auth_tokens.0'],
  },
  {
    name: 'its token stands with another account',
    sets: [`receivers.twilio.accounts=[{account_sid: ${SUBACCOUNT}, auth_tokens: [${SUB_TOKEN}]}]`],
    file: raw({ token: SUB_TOKEN }),
    says: ['it is signed with receivers.twilio.accounts.0.auth_tokens.0, but names another account'],
  },
  // What is no case of a signature at all.
  {
    name: 'there is no signature',
    file: raw({ headers: { 'X-Twilio-Signature': '' } }),
    says: ['it carries no X-Twilio-Signature'],
  },
  {
    name: 'the signature was cut',
    file: raw({ headers: { 'X-Twilio-Signature': 'c2hvcnQ=' } }),
    says: ['its X-Twilio-Signature is no signature'],
  },
  { name: 'a percent sign stands alone', file: raw({ body: `${encode(FORM)}&x=%zz` }), says: ['malformed_form'] },
  {
    name: 'the body was not copied whole',
    file: raw({ headers: { 'Content-Length': '9999' } }),
    says: ['its body is shorter', OK],
  },
  // As a command line.
  {
    name: 'it is a command line of curl, in single quotes over several lines',
    file: curl((body) => `--data-raw '${body}'`),
    says: [OK],
  },
  {
    name: 'it is a command line of curl with -d for each parameter',
    file: curl((body) =>
      body
        .split('&')
        .map((pair) => `-d "${pair}"`)
        .join(' '),
    ),
    says: [OK],
  },
  {
    name: "it is a command line of curl as a browser copies it, in $'...'",
    file: curl((body) => `--data-raw $'${body.replaceAll('!', '\\u0021')}'`),
    says: [OK],
  },
  {
    name: 'it is a command line of curl with --data-urlencode',
    file: curl(() =>
      Object.entries(FORM)
        .map(([k, v]) => `--data-urlencode '${k}=${v}'`)
        .join(' '),
    ),
    says: [OK],
  },
];

function curl(data: (body: string) => string): string {
  return `curl -sS -X POST '${URL_OF}' \\\n  -H 'X-Twilio-Signature: ${getExpectedTwilioSignature(TOKEN, URL_OF, FORM)}' \\\n  ${data(encode(FORM))}\n`;
}

describe('doctor --request: what was done to a request on the way', function () {
  this.timeout(20_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-request-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function examine({ file, env = {}, sets = [] }: Pick<Case, 'file' | 'env' | 'sets'>) {
    const name = join(folder, 'request.txt');
    writeFileSync(name, typeof file === 'string' ? file : file());
    const options = ['--json', ...sets.flatMap((set) => ['--set', set])];
    return command(['doctor', '--request', name, ...options], { ...ENV, STORAGE_DIR: folder, ...env });
  }

  it('of a subaccount that is discovered it says how to ask with its token', async () => {
    const form = { ...FORM, AccountSid: SUBACCOUNT };
    const file = raw({ form, signedForm: form, token: SUB_TOKEN });
    const sets = ['receivers.twilio_api.discover=true'];
    const { stdout } = await examine({ file, sets });
    expect(stdout).to.include('for this question alone (--set) where the agent discovers it');
    expect((await examine({ file })).stdout).not.to.include('discovers');
  });

  for (const given of CASES) {
    it(given.name, async () => {
      const { code, stdout } = await examine(given);
      const { findings } = JSON.parse(told(stdout)) as { findings: { level: string; says: string; fix?: string }[] };
      const said = findings.map(({ says }) => says).join('\n');
      expect(findings, said).to.have.length(given.says.length);
      for (const start of given.says)
        expect(
          findings.some(({ says }) => says.startsWith(start)),
          said,
        ).to.equal(true);
      expect(code).to.equal(findings.some(({ level }) => level === 'problem') ? 1 : 0);
      for (const secret of [
        TOKEN,
        SUB_TOKEN,
        SID,
        SUBACCOUNT,
        FORM['MessageSid']!,
        '4155550123',
        'Grüße',
        getExpectedTwilioSignature(TOKEN, URL_OF, FORM),
      ]) {
        expect(stdout).to.not.include(secret);
      }
    });
  }

  const unreadable: readonly (readonly [name: string, file: string, why: string])[] = [
    ['no request', 'hello\n', 'its first line is neither'],
    ['a picture', '\x89PNG\r\n\x1a\n\0', 'its first line is neither'],
    ['an empty file', '', 'its first line is neither'],
    ['curl without a URL', "curl -d 'a=b'", 'names no URL'],
    ['curl that reads a file', 'curl https://a.example.com -d @body.txt', 'the data of curl is in a file'],
    ['curl that sends multipart', 'curl https://a.example.com -F a=b', 'multipart'],
  ];
  for (const [name, file, why] of unreadable) {
    it(`${name}: 2, and why`, async () => {
      const { code, stdout, stderr } = await examine({ file });
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.include(why);
    });
  }

  it('a file that is not there: 2', async () => {
    const { code, stderr } = await command(['doctor', '--request', join(folder, 'nowhere')], ENV);
    expect([code, stderr]).to.deep.equal([2, `doctor: ${join(folder, 'nowhere')}: it cannot be read (ENOENT)\n`]);
  });

  it('looks through all alterations within a few seconds, also where none holds', async () => {
    const startedMs = performance.now();
    await examine({ file: raw({ token: SUB_TOKEN, target: '/webhooks/message?a=1&b=2' }) });
    expect(performance.now() - startedMs).to.be.below(15_000);
  });
});
