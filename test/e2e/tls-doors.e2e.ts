import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request as tlsRequest } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { expect } from 'chai';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { stringify } from 'yaml';
import { Wire } from '../receive/support/socket.ts';
import { told } from '../told.ts';
import { Authority } from './support/certificates.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freePort,
  freshSid,
  labelled,
  messageStatus,
  type Params,
  startAgent,
  startPrometheus,
  temporaryFolder,
} from './support/servers.ts';

const authority = new Authority('ours');
const [first, second, stranger] = [authority.issue('first'), authority.issue('second'), new Authority('x').issue('x')];
const ca = readFileSync(authority.cert);
const PASSWORD = 'scrape-password-in-a-file';
const BASIC = { authorization: `Basic ${Buffer.from(`prometheus:${PASSWORD}`).toString('base64')}` };

interface Got {
  readonly status: number;
  readonly body: string;
  /** Whose certificate was shown. */
  readonly shown: string;
}

/** One request on a TLS connection of its own, whose certificate is checked; a form is posted as Twilio does. */
function ask(url: string, { form, headers = {} }: { form?: Params; headers?: Params } = {}): Promise<Got> {
  const body = form && new URLSearchParams(form).toString();
  const posted: Params = form
    ? {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': getExpectedTwilioSignature(AUTH_TOKEN, url, form),
      }
    : {};
  return new Promise((resolve, reject) => {
    const method = form ? 'POST' : 'GET';
    const sent = tlsRequest(url, { ca, agent: false, method, headers: { ...posted, ...headers } }, (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate();
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: told(text), shown: String(subject.CN) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('TLS on the agent’s own doors', () => {
  const folder = temporaryFolder();
  const [cert, key, config, password] = ['tls.pem', 'tls.key', 'agent.yaml', 'password'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  let [port, scrape] = [0, 0];
  let agent: AgentProcess;
  let url: string;
  let page: string;

  const use = (pair: { cert: string; key: string }) => {
    copyFileSync(pair.cert, cert);
    copyFileSync(pair.key, key);
  };
  const pageOf = async () => (await ask(page, { headers: BASIC })).body;
  const errors = async (reason: string) =>
    labelled(await pageOf(), 'twilio_agent_transport_errors_total', { reason }) ?? 0;

  before(async () => {
    [port, scrape] = await Promise.all([freePort(), freePort()]);
    [url, page] = [`https://127.0.0.1:${port}`, `https://127.0.0.1:${scrape}/metrics`];
    use(first);
    writeFileSync(password, `${PASSWORD}\n`);
    const tls = { cert_file: cert, key_file: key };
    const prometheus = {
      endpoint: `127.0.0.1:${scrape}`,
      tls: { ...tls, min_version: '1.3' },
      basic_auth: { username: 'prometheus' },
    };
    writeFileSync(
      config,
      stringify({ receivers: { twilio: { tls, headers_timeout: '1s' } }, exporters: { prometheus } }),
    );
    agent = await startAgent({
      port,
      args: ['--config', config],
      env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, METRICS_PASSWORD_FILE: password },
      ready: async () => expect((await ask(`${url}/ready`)).status).to.equal(200) as never,
    });
  });
  after(async () => {
    expect(await agent?.stop()).to.equal(0);
    expect(agent?.output()).to.not.include(PASSWORD);
  });

  it('counts a callback that is signed for https and the Host of the request', async () => {
    const form = messageStatus(freshSid('SM'), 'delivered');
    expect((await ask(`${url}/webhooks/message`, { form })).status).to.equal(204);
    expect(labelled(await pageOf(), 'twilio_messages_delivered_total')).to.equal(1);
    expect(agent.output()).to.include(`callbacks: POST or GET https://localhost:${port}/webhooks/message`);
  });

  it('is scraped by a real Prometheus with name and password', async () => {
    const job = (name: string, more: object) => ({
      job_name: name,
      scheme: 'https',
      scrape_interval: '200ms',
      scrape_timeout: '200ms',
      tls_config: { ca_file: authority.cert },
      static_configs: [{ targets: [`127.0.0.1:${scrape}`] }],
      ...more,
    });
    const prometheus = await startPrometheus(
      stringify({
        scrape_configs: [
          job('right', { basic_auth: { username: 'prometheus', password_file: password } }),
          job('wrong', { basic_auth: { username: 'prometheus', password: 'guess' } }),
          job('none', {}),
        ],
      }),
    );
    try {
      await eventually(async () => {
        const up = await prometheus.query('up');
        expect(Object.fromEntries(up.map(({ labels, value }) => [labels['job'], value]))).to.deep.equal({
          right: 1,
          wrong: 0,
          none: 0,
        });
        const [delivered] = await prometheus.query('twilio_messages_delivered_total{job="right"}');
        expect(delivered?.value).to.equal(1);
      });
      expect(await errors('unauthorized')).to.be.greaterThan(1);
    } finally {
      await prometheus.stop();
    }
  });

  it('speaks no version that is older than the one that is asked for', async () => {
    const refused = (to: number, maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<boolean>((resolve) => {
        const options = { host: '127.0.0.1', port: to, ca, maxVersion, minVersion: 'TLSv1' } as const;
        const socket = tlsConnect({ ...options, ciphers: 'ALL@SECLEVEL=0' }, () => {
          socket.destroy();
          resolve(false);
        });
        socket.on('error', () => resolve(true));
      });
    expect([await refused(port, 'TLSv1.2'), await refused(port, 'TLSv1.1')]).to.deep.equal([false, true]);
    expect(await refused(scrape, 'TLSv1.2')).to.equal(true);
  });

  const HOSTILE: readonly (readonly [name: string, bytes: string | Buffer, counted: number])[] = [
    ['plain HTTP', 'GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n', 1],
    ['garbage', Buffer.alloc(4_096, 0xa5), 1],
    ['a record that promises more than it brings', Buffer.from('16030140000100', 'hex'), 1],
    ['a hello that stops in the middle', Buffer.from('1603010200010001fc0303', 'hex'), 1],
    ['nothing at all, as by the check of a load balancer', '', 0],
  ];
  for (const [name, bytes, counted] of HOSTILE) {
    it(`${name}: ends, and is counted ${counted === 0 ? 'nowhere' : 'once'}`, async () => {
      const before = await errors('tls_handshake');
      const wire = await Wire.open(port);
      if (bytes.length > 0) wire.send(bytes);
      // Who stalls has as long as the head of a request has.
      await wire.ended(4_000);
      wire.close();
      await eventually(async () => expect(await errors('tls_handshake')).to.equal(before + counted));
      expect((await ask(`${url}/ready`)).status).to.equal(200);
    });
  }

  it('a thousand stalls at once leave room, and are gone after their time', async () => {
    const before = await errors('tls_handshake');
    const wires = await Promise.all(Array.from({ length: 1_000 }, () => Wire.open(port)));
    for (const wire of wires) wire.send(Buffer.from('160301', 'hex'));
    expect((await ask(`${url}/ready`)).status).to.equal(200);
    await Promise.all(wires.map((wire) => wire.ended(10_000)));
    await eventually(async () => expect(await errors('tls_handshake')).to.equal(before + 1_000));
  });

  it('garbage behind a good handshake ends the connection', async () => {
    const before = await errors('bad_request');
    const socket = tlsConnect({ host: '127.0.0.1', port, ca });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => (text += data)).on('close', () => resolve(text));
    });
    socket.write('no request\r\n\r\n');
    expect(await answer).to.match(/^HTTP\/1\.1 400 /);
    expect(await errors('bad_request')).to.equal(before + 1);
  });

  it('reads a certificate again on SIGHUP, and open connections stay open', async () => {
    expect((await ask(`${url}/ready`)).shown).to.equal('first');
    const kept = tlsConnect({ host: '127.0.0.1', port, ca });
    await new Promise((resolve) => kept.once('secureConnect', resolve));
    use(second);
    agent.child.kill('SIGHUP');
    await eventually(async () => expect((await ask(`${url}/ready`)).shown).to.equal('second'));
    expect((await ask(page, { headers: BASIC })).shown).to.equal('second');
    expect(agent.output()).to.include('reload: taken over: receivers.twilio.tls, exporters.prometheus.tls');
    const answered = new Promise<string>((resolve) => kept.once('data', (data) => resolve(String(data))));
    kept.write('GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await answered).to.match(/^HTTP\/1\.1 200 /);
  });

  it('keeps the old certificate while the files do not fit, and takes the new one when they do', async function () {
    this.timeout(60_000);
    copyFileSync(first.cert, cert);
    agent.child.kill('SIGHUP');
    await eventually(() =>
      expect(agent.output()).to.include('receivers.twilio.tls.key_file: is not the key of cert_file'),
    );
    expect((await ask(`${url}/ready`)).shown).to.equal('second');
    use(first);
    // By itself: what renews certificates sends no signals.
    await eventually(async () => expect((await ask(`${url}/ready`)).shown).to.equal('first'), 30_000, 500);
    expect(agent.output()).to.include('receivers.twilio.tls: a new certificate is used');
  });
});

describe('a certificate that cannot be used', () => {
  const folder = temporaryFolder();
  const text = join(folder, 'text.pem');
  writeFileSync(text, 'no certificate');
  const T = 'receivers.twilio.tls';
  const P = 'exporters.prometheus';
  const CASES: readonly (readonly [name: string, sets: readonly string[], told: string])[] = [
    [
      'a file that is not there',
      [`${T}.cert_file=/nowhere`, `${T}.key_file=${first.key}`],
      `${T}.cert_file: cannot be read`,
    ],
    [
      'no certificate',
      [`${T}.cert_file=${text}`, `${T}.key_file=${first.key}`],
      `${T}.cert_file: is not a certificate in PEM`,
    ],
    ['no key', [`${T}.cert_file=${first.cert}`], `${T}.key_file: is needed beside cert_file`],
    [
      'the key of another',
      [`${T}.cert_file=${first.cert}`, `${T}.key_file=${stranger.key}`],
      `${T}.key_file: is not the key`,
    ],
    [
      'TLS for a page on the receiver’s port',
      [`${P}.tls.cert_file=${first.cert}`, `${P}.tls.key_file=${first.key}`],
      `${P}.tls: needs exporters.prometheus.endpoint`,
    ],
  ];
  for (const [name, sets, message] of CASES) {
    it(`${name}: 78, with the key`, async () => {
      const args = sets.flatMap((set) => ['--set', set]);
      const failure = await startAgent({ env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN }, args }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(failure)
        .to.match(/ended with 78/)
        .and.include(message);
      await sleep(0);
    });
  }
});
