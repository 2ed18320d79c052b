import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { NGINX } from '../docs/blocks.ts';
import { shown, startNginx } from './support/nginx.ts';
import {
  type AgentProcess,
  AUTH_TOKEN,
  eventually,
  freePort,
  freshSid,
  messageStatus,
  type Running,
  signedPost,
  startAgent,
} from './support/servers.ts';

/** What Twilio was given, and what the application owns: nothing of the agent is in it. */
const APPLICATION_URL = 'https://app.example.com/twilio/status';

/** One request at a time, so that a second one is answered 503. */
const AGENT = {
  env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
  args: [
    ...['--set', `receivers.twilio.families.message.public_urls=[${APPLICATION_URL}]`],
    ...['--set', 'receivers.twilio.max_requests_in_flight=1'],
  ],
};

describe("nginx mirrors the application's callbacks to the agent", () => {
  const received: string[] = [];
  let application: Server;
  let agent: AgentProcess;
  let nginx: Running;
  let entry: string;

  before(async () => {
    application = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        received.push(new URLSearchParams(body).get('MessageSid') ?? '');
        response.writeHead(200, { 'Content-Type': 'text/plain' }).end('from the application');
      });
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    agent = await startAgent(AGENT);
    const port = await freePort();
    entry = `http://127.0.0.1:${port}/twilio/status`;
    nginx = await startNginx(mirrored(port, agent.port), port);
  });
  after(async () => {
    await nginx?.stop('SIGQUIT');
    await agent?.stop();
    application?.close();
  });

  /** The block of the page, without TLS. */
  const mirrored = (port: number, agentPort: number) =>
    `server { listen 127.0.0.1:${port}; ${shown(NGINX.mirror, {
      '127.0.0.1:3000': `127.0.0.1:${(application.address() as AddressInfo).port}`,
      '127.0.0.1:8080': `127.0.0.1:${agentPort}`,
    })} }`;

  const twilioSends = async (sid: string, status: string, token = AUTH_TOKEN) => {
    const answer = await signedPost(entry, messageStatus(sid, status), { token, signedUrl: APPLICATION_URL });
    return [answer.status, await answer.text()];
  };
  const outcome = (name: string) => agent.value('twilio_agent_callbacks_total', { family: 'message', outcome: name });

  it('both get it, and Twilio hears the application', async () => {
    const sid = freshSid('SM');
    expect(await twilioSends(sid, 'delivered')).to.deep.equal([200, 'from the application']);
    expect(received).to.deep.equal([sid]);
    await eventually(async () => expect(await agent.value('twilio_messages_delivered_total')).to.equal(1));
  });

  it('a query stays as it was signed', async () => {
    const params = messageStatus(freshSid('SM'), 'read');
    const query = '?tenant=a%20b&x=1';
    await signedPost(entry + query, params, { signedUrl: APPLICATION_URL + query });
    await eventually(async () =>
      expect(await agent.value('twilio_message_callback_total', { status: 'read' })).to.equal(1),
    );
  });

  it('a signature that the agent refuses does not disturb the application', async () => {
    expect(await twilioSends(freshSid('SM'), 'delivered', 'another')).to.deep.equal([200, 'from the application']);
    await eventually(async () => expect(await outcome('signature_invalid')).to.equal(1));
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(1);
  });

  it('neither does its 503, which is a loss: Twilio hears 200 and does not send it again', async () => {
    const slow = connect(agent.port, '127.0.0.1');
    slow.on('error', () => {});
    slow.write(
      'POST /webhooks/call HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\nA=',
    );
    const direct = () => signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'sent'));
    await eventually(async () => expect((await direct()).status).to.equal(503));
    const refused = (await outcome('overloaded'))!;

    expect(await twilioSends(freshSid('SM'), 'delivered')).to.deep.equal([200, 'from the application']);
    await eventually(async () => expect(await outcome('overloaded')).to.equal(refused + 1));
    slow.destroy();
    await eventually(async () =>
      expect(await agent.value('twilio_agent_callbacks_total', { family: 'call', outcome: 'aborted' })).to.equal(1),
    );
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(1);
  });

  it('an agent that lost its token takes none of it for a trial on this machine', async () => {
    const trial = await startAgent();
    const port = await freePort();
    const another = await startNginx(mirrored(port, trial.port), port);
    try {
      const url = `http://127.0.0.1:${port}/twilio/status`;
      const answer = await signedPost(url, messageStatus(freshSid('SM'), 'delivered'), { signedUrl: APPLICATION_URL });
      expect(answer.status).to.equal(200);
      const refused = { family: 'message', outcome: 'trial_only' };
      await eventually(async () => expect(await trial.value('twilio_agent_callbacks_total', refused)).to.equal(1));
      expect(await trial.value('twilio_messages_delivered_total')).to.equal(0);
    } finally {
      await another.stop('SIGQUIT');
      await trial.stop();
    }
  });

  it('neither does an agent that is down: its callback is a loss too', async () => {
    const { port, storageDir } = agent;
    expect(await agent.stop()).to.equal(0);
    const sid = freshSid('SM');
    expect(await twilioSends(sid, 'delivered')).to.deep.equal([200, 'from the application']);
    expect(received).to.include(sid);
    agent = await startAgent({ ...AGENT, port, storageDir });
    expect(await agent.value('twilio_messages_delivered_total')).to.equal(1);
  });
});
