import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';
import { TOKEN } from './support/requests.ts';

describe('F17: a token is rotated', () => {
  it('both verify, and the metric tells which by its position, never by its value', async function () {
    this.timeout(20_000);
    const port = await freePort();
    const next = 'fedcba9876543210fedcba9876543210';
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      env: { TWILIO_AUTH_TOKEN: TOKEN, TWILIO_AUTH_TOKEN_SECONDARY: next },
    });
    for (const [token, count] of [
      [TOKEN, 30],
      [next, 60],
      ['wrong', 12],
    ] as const) {
      await new Oracle(port, token).load({ perSecond: 300, seconds: count / 300, connections: 2 });
    }
    const page = await scrape(port);
    expect(sample(page, 'twilio_agent_signatures_verified_total{token_index="0"}')).to.equal(30);
    expect(sample(page, 'twilio_agent_signatures_verified_total{token_index="1"}')).to.equal(60);
    expect(sample(page, 'twilio_agent_callbacks_total{family="message",outcome="signature_invalid"}')).to.equal(12);
    expect(page + agent.output)
      .to.not.include(TOKEN)
      .and.not.include(next);
    expect(await agent.stop()).to.equal(0);
  });
});
