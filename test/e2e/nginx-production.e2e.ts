import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { expect } from 'chai';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { NGINX } from '../docs/blocks.ts';
import { Authority } from './support/certificates.ts';
import { shown, startNginx } from './support/nginx.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  freePort,
  freshSid,
  messageStatus,
  type Params,
  type Running,
  startAgent,
} from './support/servers.ts';

const HOST = 'twilio.example.com';
const PATH = '/webhooks/message';
const authority = new Authority('nginx');

/**
 * nginx with the block of the page before an agent; resolves with its port. `without` the headers that it sets, nginx
 * says nothing of itself: the agent is called at the name of the upstream, by this machine.
 */
async function nginxBefore(
  agent: AgentProcess,
  { without = false } = {},
): Promise<Running & { readonly port: number }> {
  const port = await freePort();
  const { cert, key } = authority.issue('server');
  const block = shown(NGINX.production, {
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/ssl/twilio.example.com.pem': cert,
    '/etc/ssl/twilio.example.com.key': key,
    '127.0.0.1:8080': `127.0.0.1:${agent.port}`,
  });
  const http = without ? block.replaceAll(/^ *proxy_set_header .*\n/gm, '') : block;
  return { ...(await startNginx(http, port)), port };
}

/** The status of an answer to what comes from outside, over TLS and for the public name. */
function ask(port: number, path: string, params?: Params, headers: Params = {}): Promise<number | undefined> {
  const body = params && new URLSearchParams(params).toString();
  return new Promise((resolve, reject) => {
    const asked = request({
      ...{ host: '127.0.0.1', port, path, ca: readFileSync(authority.cert), agent: false, servername: 'localhost' },
      method: body === undefined ? 'GET' : 'POST',
      headers: { Host: HOST, 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    });
    asked.once('error', reject);
    asked.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
    asked.end(body);
  });
}

const signed = (params: Params) => ({
  'X-Twilio-Signature': webhooks.getExpectedTwilioSignature(AUTH_TOKEN, `https://${HOST}${PATH}`, params),
});

describe('nginx before the agent, as the page about production has it', () => {
  const token = { TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  const started: Running[] = [];
  const kept = <R extends Running>(running: R): R => {
    started.unshift(running);
    return running;
  };
  // The last one first.
  afterEach(async () => {
    for (const running of started.splice(0)) await running.stop();
  });

  const AGENTS = [
    ['that knows its public URL', { env: { ...token, PUBLIC_URL: `https://${HOST}` } }],
    ['that trusts the proxy', { env: token, args: ['--set', 'receivers.twilio.trusted_proxies=[127.0.0.1]'] }],
  ] as const;
  for (const [name, how] of AGENTS) {
    it(`an agent ${name} counts what Twilio signed, and shows nothing else`, async () => {
      const agent = kept(await startAgent(how));
      const nginx = kept(await nginxBefore(agent));
      const params = messageStatus(freshSid('SM'), 'delivered');
      expect(await ask(nginx.port, PATH, params, signed(params))).to.equal(204);
      expect(await ask(nginx.port, PATH, params)).to.equal(401);
      // nginx itself says no: 403 where it may not even look for such a file.
      expect(await ask(nginx.port, '/metrics')).to.be.oneOf([403, 404]);
      expect(await agent.value('twilio_messages_delivered_total')).to.equal(1);
    });
  }

  const BLOCKS = [
    ['', {}],
    [', though the block says nothing of who called', { without: true }],
  ] as const;
  for (const [name, how] of BLOCKS) {
    it(`an agent that lost its token counts nothing of what comes from outside${name}`, async () => {
      const agent = kept(await startAgent());
      const nginx = kept(await nginxBefore(agent, how));
      const params = messageStatus(freshSid('SM'), 'delivered');
      expect(await ask(nginx.port, PATH, params)).to.equal(403);
      expect(await ask(nginx.port, PATH, params, signed(params))).to.equal(403);
      expect(await agent.value('twilio_messages_delivered_total')).to.equal(0);
    });
  }
});
