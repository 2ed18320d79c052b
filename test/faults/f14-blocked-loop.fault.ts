import { expect } from 'chai';
import { AgentProcess, freePort, pause, temporaryFolder } from './support/agent.ts';
import { figure } from './support/hooks.ts';
import { Oracle, scrape } from './support/oracle.ts';

const BLOCK = 'data:text/javascript,process.on("SIGUSR2",()=>{const e=Date.now()+1000;while(Date.now()<e);})';

describe('F14: the event loop is blocked for a second', () => {
  it('recovers, loses nothing, and a metric shows it', async function () {
    this.timeout(30_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder(), nodeArgs: ['--import', BLOCK] });
    const load = oracle.load({ perSecond: 500, seconds: 3, connections: 32 });
    await pause(800);
    agent.kill('SIGUSR2');
    const result = await load;
    expect(result.statuses).to.deep.equal({ 204: result.sent });
    expect(result.maxMs).to.be.above(700);
    await oracle.check();
    const delays = (await scrape(port)).split('\n').filter((line) => /^nodejs_eventloop_delay_max_seconds /.test(line));
    expect(Number(delays[0]?.split(' ')[1]), 'the longest delay').to.be.within(0.7, 3);
    figure(`slowest answer ${Math.round(result.maxMs)} ms; ${delays[0]}`);
    expect(await agent.stop()).to.equal(0);
  });
});
