import { expect } from 'chai';
import { PROBE_SIDS, readSaw, SAW } from '../../src/receive/probe.ts';
import { RunningAgent, signed } from '../running-agent.ts';

const form = (pairs: Readonly<Record<string, string>>) => new URLSearchParams(pairs).toString();
const ACCOUNT = { AccountSid: `AC${'a'.repeat(32)}` };

describe("the doctor's question: a signed callback without a status, of a SID that is nobody's", () => {
  let agent: RunningAgent;
  beforeEach(async () => {
    agent = await RunningAgent.start();
  });
  afterEach(() => agent.stop());

  const counted = async () =>
    (await agent.get('/metrics')).split('\n').filter((line) => /^twilio_(?!agent_)/.test(line));

  for (const [family, sid] of Object.entries(PROBE_SIDS)) {
    const body = form({ ...ACCOUNT, [family === 'message' ? 'MessageSid' : 'CallSid']: sid, Probe: ' x' });

    it(`${family}: is told how it arrived, and counts for nothing, however often`, async () => {
      const before = await counted();
      for (let i = 0; i < 2; i++) {
        const answer = await agent.send(family, body);
        expect(answer.status).to.equal(204);
        expect(readSaw(answer.headers.get(SAW))).to.include({ tls: false, target: `/webhooks/${family}`, proto: '' });
      }
      expect(await counted()).to.deep.equal(before);
      const page = await agent.get('/metrics');
      expect(page).to.include(`twilio_agent_callbacks_total{family="${family}",outcome="ignored"} 2`);
    });

    const refused: readonly (readonly [name: string, headers: Readonly<Record<string, string>>, status: number])[] = [
      ['with the signature of another body', { 'x-twilio-signature': signed(family, `${body}x`) }, 401],
      ['with a made-up signature', { 'x-twilio-signature': 'A'.repeat(28) }, 401],
    ];
    for (const [name, headers, status] of refused) {
      it(`${family}: ${name} it is refused and told nothing`, async () => {
        const answer = await agent.send(family, body, headers);
        expect([answer.status, answer.headers.get(SAW)]).to.deep.equal([status, null]);
      });
    }
  }

  it('another SID without a status is refused as ever', async () => {
    const answer = await agent.send('message', form({ ...ACCOUNT, MessageSid: `SM${'1'.repeat(32)}` }));
    expect([answer.status, answer.headers.get(SAW)]).to.deep.equal([400, null]);
  });

  it('with a status it is a callback like any other', async () => {
    const body = form({ ...ACCOUNT, MessageSid: PROBE_SIDS.message, MessageStatus: 'delivered' });
    const answer = await agent.send('message', body);
    expect([answer.status, answer.headers.get(SAW)]).to.deep.equal([204, null]);
    expect(await agent.get('/metrics')).to.include('twilio_messages_delivered_total 1');
  });

  it('a long URL is told in part, so that a proxy takes the header', async () => {
    const body = form({ ...ACCOUNT, MessageSid: PROBE_SIDS.message });
    const query = `?${'q'.repeat(4_000)}`;
    const answer = await agent.send('message', body, {}, query);
    expect(answer.status).to.equal(204);
    expect(answer.headers.get(SAW)!.length).to.be.below(2_500);
  });

  it('a local trial, which can verify nothing, tells nothing', async () => {
    await agent.stop();
    agent = await RunningAgent.start({ TWILIO_AUTH_TOKEN: '', PUBLIC_URL: '' });
    const answer = await agent.send('message', form({ ...ACCOUNT, MessageSid: PROBE_SIDS.message }));
    expect([answer.status, answer.headers.get(SAW)]).to.deep.equal([400, null]);
  });
});
