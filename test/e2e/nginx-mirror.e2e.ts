import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { startNginx } from './support/nginx.ts';
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
    // The block that docs/connect-twilio.md shows, without TLS.
    nginx = await startNginx(
      `server {
        listen 127.0.0.1:${port};
        location = /twilio/status {
          mirror /agent;
          mirror_request_body on;
          proxy_pass http://127.0.0.1:${(application.address() as { port: number }).port};
        }
        location = /agent {
          internal;
          proxy_pass http://127.0.0.1:${agent.port}/webhooks/message$is_args$args;
          proxy_connect_timeout 1s;
          proxy_read_timeout 5s;
        }
      }`,
      port,
    );
  });
  after(async () => {
    await nginx?.stop('SIGQUIT');
    await agent?.stop();
    application?.close();
  });

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
