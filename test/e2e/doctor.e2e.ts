import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { told } from '../told.ts';
import { Authority } from './support/certificates.ts';
import { startNginx } from './support/nginx.ts';
import {
  ACCOUNT_SID,
  type AgentProcess,
  AUTH_TOKEN,
  freePort,
  freshSid,
  messageStatus,
  type Running,
  startAgent,
  temporaryFolder,
} from './support/servers.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const authority = new Authority('doctor');
const { cert, key } = authority.issue('server');
const TLS = `ssl_certificate ${cert}; ssl_certificate_key ${key};`;

interface Said {
  readonly level: string;
  readonly check: string;
  readonly says: string;
  readonly fix?: string;
}

/** The built command as a process, and what it finds. */
async function doctor(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; findings: Said[] }> {
  const child = spawn(process.execPath, [MAIN, 'doctor', '--json', ...args], {
    cwd: temporaryFolder(),
    env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authority.cert, TWILIO_AUTH_TOKEN: AUTH_TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, findings: (JSON.parse(told(stdout)) as { findings: Said[] }).findings };
}

interface Case {
  readonly name: string;
  /** What stands in nginx's `server`; AGENT is where the agent listens. */
  readonly nginx: string;
  /** What stands behind the public host and port. */
  readonly prefix?: string;
  /** What the running agent has otherwise than the configuration that the doctor reads. */
  readonly agent?: Readonly<Record<string, string>>;
  readonly trusts?: string;
  readonly host?: string;
  readonly finds: readonly (readonly [level: string, says: RegExp])[];
}

const HOST = 'proxy_set_header Host $http_host;';
const PASS = `location /webhooks/ { proxy_pass http://AGENT; ${HOST} }`;

const CASES: readonly Case[] = [
  {
    name: 'TLS ends at nginx',
    nginx: PASS,
    finds: [['ok', /arrives whole: path, query and body; TLS ends before the agent$/]],
  },
  {
    name: 'nginx strips the prefix that PUBLIC_URL has',
    nginx: `location /twilio/webhooks/ { proxy_pass http://AGENT/webhooks/; ${HOST} }`,
    prefix: '/twilio',
    finds: [['ok', /arrives whole/]],
  },
  {
    name: 'nginx changes the Host, and the agent has its PUBLIC_URL',
    nginx: 'location /webhooks/ { proxy_pass http://AGENT; }',
    finds: [['ok', /a proxy changes the Host, which does no harm/]],
  },
  {
    name: 'nginx changes the Host, and the agent has no PUBLIC_URL',
    nginx: 'location /webhooks/ { proxy_pass http://AGENT; }',
    agent: { PUBLIC_URL: '' },
    finds: [
      [
        'problem',
        /scheme, host.*: the running agent takes it for http:\/\/127\.0\.0\.1:\d+\/webhooks\/message.*\(a proxy changes the Host\)/,
      ],
    ],
  },
  {
    name: 'nginx keeps the Host, but says nothing of TLS, and the agent has no PUBLIC_URL',
    nginx: PASS,
    agent: { PUBLIC_URL: '' },
    finds: [['problem', /: scheme: the running agent takes it for http:\/\/localhost/]],
  },
  {
    name: 'nginx adds another port, and the agent has no PUBLIC_URL',
    nginx: `location /webhooks/ { proxy_pass http://AGENT; ${HOST} proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-Host localhost:8443; }`,
    agent: { PUBLIC_URL: '' },
    trusts: '127.0.0.1',
    finds: [['problem', /: port: the running agent takes it for https:\/\/localhost\/webhooks\/message: another port/]],
  },
  {
    name: 'nginx re-encodes the query',
    nginx: `if ($args ~ "^probe=a%2Fb%20c(.*)$") { set $args "probe=a/b+c$1"; } ${PASS}`,
    finds: [['problem', /: query: it is (?:re-encoded|changed) on the way/]],
  },
  {
    name: 'nginx decodes the query',
    nginx: `if ($args ~ "^probe=a%2Fb%20c&and=%C3%BC~%7E") { set $args "probe=a%2Fb+c&and=%C3%BC~~*%2B"; } ${PASS}`,
    finds: [['problem', /: query: it is (?:re-encoded|changed) on the way/]],
  },
  {
    name: 'nginx drops the query',
    nginx: `location /webhooks/ { proxy_pass http://AGENT$uri; ${HOST} }`,
    finds: [['problem', /: query: it is dropped on the way/]],
  },
  {
    name: 'nginx leaves the prefix where it is',
    nginx: `location /twilio/ { proxy_pass http://AGENT; ${HOST} }`,
    prefix: '/twilio',
    finds: [['problem', /: prefix: the agent is reached, but at a path that it does not serve/]],
  },
  {
    name: 'nginx serves that path itself',
    nginx: 'location / { return 200 "welcome"; }',
    finds: [['problem', /something else than the agent answers 200, so callbacks are lost in silence/]],
  },
  {
    name: 'nginx redirects',
    nginx: 'location / { return 301 https://www.example.com$request_uri; }',
    finds: [['problem', /it is redirected to https \(301\)/]],
  },
  {
    name: 'nginx passes on to where nobody listens',
    nginx: 'location / { proxy_pass http://127.0.0.1:9; }',
    finds: [['problem', /something before the agent answers 502/]],
  },
  {
    name: 'the running agent has another token',
    nginx: PASS,
    agent: { TWILIO_AUTH_TOKEN: 'ffffffffffffffffffffffffffffffff' },
    finds: [['problem', /the running agent refuses what is signed with this configuration \(401\)/]],
  },
  {
    name: 'nginx drops the signature',
    nginx: `location /webhooks/ { proxy_pass http://AGENT; ${HOST} proxy_set_header X-Twilio-Signature ""; }`,
    finds: [['problem', /the running agent refuses what is signed with this configuration \(401\)/]],
  },
  {
    name: 'the certificate is for another name',
    nginx: PASS,
    host: '127.0.0.2',
    finds: [['problem', /does not get through: ERR_TLS_CERT_ALTNAME_INVALID/]],
  },
  {
    name: 'nginx passes on everything, the scrape page too',
    nginx: `location / { proxy_pass http://AGENT; ${HOST} }`,
    finds: [['warning', /anybody can read the scrape page/]],
  },
];

describe('doctor: a signed probe through a real nginx and back', function () {
  this.timeout(60_000);
  const started: Running[] = [];
  const kept = <R extends Running>(running: R): R => {
    started.unshift(running);
    return running;
  };
  afterEach(async () => {
    for (const running of started.splice(0)) await running.stop();
  });

  for (const { name, nginx, prefix = '', agent: own = {}, trusts, host = 'localhost', finds } of CASES) {
    it(name, async () => {
      const port = await freePort();
      const PUBLIC_URL = `https://${host}:${port}${prefix}`;
      const args = trusts ? ['--set', `receivers.twilio.trusted_proxies=${trusts}`] : [];
      const agent: AgentProcess = kept(
        await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, ...own }, args }),
      );
      const server = `server { listen ${port} ssl; server_name localhost; ${TLS} ${nginx.replaceAll('AGENT', `127.0.0.1:${agent.port}`)} }`;
      kept(await startNginx(server, port));
      const before = await counted(agent);
      const env = { PUBLIC_URL, PORT: String(agent.port), STORAGE_DIR: agent.storageDir };
      const { findings } = await doctor([], env);
      const found = findings.filter(({ check }) => check === 'public URL');
      expect(found, JSON.stringify(found)).to.have.length(finds.length);
      for (const [i, [level, says]] of finds.entries()) {
        expect(found[i]!.level).to.equal(level);
        expect(found[i]!.says).to.match(says);
      }
      // Whatever was asked, nothing of Twilio's was counted.
      expect(await counted(agent)).to.deep.equal(before);
      expect(before.length).to.be.greaterThan(20);
    });
  }
});

/** All that Twilio told, by series. */
const counted = async (agent: AgentProcess): Promise<string[]> =>
  (await agent.metrics()).split('\n').filter((line) => /^twilio_(?!agent_|error_code)\w+/.test(line));

describe('doctor --request: requests as a real nginx passed them on', function () {
  this.timeout(60_000);
  let recorder: Server;
  let recorded = '';
  let behind = 0;
  before(async () => {
    // Ends each answer, so that what was recorded is one request.
    recorder = createServer((socket) => {
      recorded = '';
      socket.on('data', (chunk) => {
        recorded += chunk.toString('latin1');
        if (/\r\n\r\n/.test(recorded)) socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
    behind = (recorder.address() as { port: number }).port;
  });
  after(() => recorder.close());

  const requests: readonly (readonly [
    name: string,
    nginx: string,
    path: string,
    env: Record<string, string>,
    says: RegExp,
  ])[] = [
    [
      'TLS ended, and PUBLIC_URL is set',
      PASS,
      '/webhooks/message',
      { PUBLIC_URL: 'https://localhost' },
      /^its signature holds/,
    ],
    ['TLS ended, and PUBLIC_URL is not set', PASS, '/webhooks/message', {}, /^scheme: /],
    [
      'the prefix was stripped, and PUBLIC_URL lacks it',
      `location /twilio/ { proxy_pass http://AGENT/; ${HOST} }`,
      '/twilio/webhooks/message',
      { PUBLIC_URL: 'https://localhost' },
      /^prefix: |^path: /,
    ],
    [
      'the host was changed',
      'location / { proxy_pass http://AGENT; proxy_set_header X-Forwarded-Host $http_host; }',
      '/webhooks/message',
      {},
      /^(?:scheme|host): /,
    ],
    [
      'the query was re-encoded',
      `if ($args ~ "^a=%2Fb$") { set $args "a=/b"; } ${PASS}`,
      '/webhooks/message?a=%2Fb',
      { PUBLIC_URL: 'https://localhost' },
      /^query: it was re-encoded/,
    ],
    [
      'the query was dropped',
      `location / { proxy_pass http://AGENT$uri; ${HOST} }`,
      '/webhooks/message?bodySHA256=x',
      { PUBLIC_URL: 'https://localhost' },
      /^no key of the configuration/,
    ],
  ];
  for (const [name, nginx, path, env, says] of requests) {
    it(name, async () => {
      const port = await freePort();
      const server = `server { listen 127.0.0.1:${port} ssl; ${TLS} ${nginx.replaceAll('AGENT', `127.0.0.1:${behind}`)} }`;
      const running = await startNginx(server, port);
      await post(port, path);
      await running.stop();
      const file = `${temporaryFolder()}/request.txt`;
      writeFileSync(file, recorded, 'latin1');
      const { findings } = await doctor(['--request', file], { ...env, TWILIO_ACCOUNT_SID: ACCOUNT_SID });
      expect(
        findings.some((each) => says.test(each.says)),
        JSON.stringify(findings),
      ).to.equal(true);
    });
  }

  /** A callback as Twilio sends it, for the public name. */
  function post(port: number, path: string): Promise<void> {
    const params = messageStatus(freshSid('SM'), 'delivered', { To: '+14155550123' });
    const body = new URLSearchParams(params).toString();
    const signature = webhooks.getExpectedTwilioSignature(AUTH_TOKEN, `https://localhost${path}`, params);
    return new Promise((resolve, reject) => {
      const headers = {
        Host: 'localhost',
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Twilio-Signature': signature,
      };
      const asked = request(
        { host: '127.0.0.1', port, path, method: 'POST', headers, rejectUnauthorized: false, agent: false },
        (answer) => answer.resume().once('end', resolve),
      );
      asked.once('error', reject);
      asked.end(body);
    });
  }
});
