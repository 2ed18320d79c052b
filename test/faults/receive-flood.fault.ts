import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { Apart } from './support/apart.ts';
import { cpuSeconds } from './support/clients.ts';
import { figure, LONG } from './support/hooks.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';

describe('L4: a flood of forged callbacks', () => {
  it('is refused to the last one, and genuine callbacks beside it are counted', async function () {
    this.timeout(120_000);
    const seconds = LONG ? 60 : 6;
    const port = await freePort();
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const genuine = new Apart(port);
    const forger = new Oracle(port, 'not-the-token-of-this-account-at');
    // A process that just started is busy compiling itself: the flood meets one that has been up for some seconds.
    const [warm] = await Promise.all([
      forger.load({ perSecond: 3_000, seconds: 5 }),
      genuine.load({ perSecond: 500, seconds: 5 }),
    ]);
    const before = cpuSeconds(agent.pid);
    const [good, forged] = await Promise.all([
      genuine.load({ perSecond: 500, seconds }),
      forger.load({ perSecond: 5_000, seconds, connections: 128 }),
    ]);
    const cpu = cpuSeconds(agent.pid) - before;
    figure(
      `${Math.round(forged.sent / seconds)} forged and ${Math.round(good.sent / seconds)} genuine a second: ` +
        `genuine p50 ${Math.round(good.p50Ms)} ms, p99 ${Math.round(good.p99Ms)} ms; ` +
        `${Math.round((cpu * 1e6) / (good.sent + forged.sent))} us of CPU each; RSS ${Math.round(agent.rssMb())} MB`,
    );
    expect(good.statuses).to.deep.equal({ 204: good.sent });
    expect(forged.statuses).to.deep.equal({ 401: forged.sent });
    const page = await scrape(port);
    const invalid = sample(page, 'twilio_agent_callbacks_total{family="message",outcome="signature_invalid"}');
    expect(invalid).to.equal(warm.sent + forged.sent);
    await genuine.check();
    genuine.stop();
    expect(agent.output.match(/signature_invalid/g)?.length ?? 0, 'lines in the log').to.be.below(2 + seconds / 30);
    expect(await agent.stop()).to.equal(0);
  });
});
