import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { Oracle } from './support/oracle.ts';

describe('F15: a heap of 96 MB under a burst', () => {
  it('sheds before it dies, and what it acknowledged is exact', async function () {
    this.timeout(90_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      nodeArgs: ['--max-old-space-size=96'],
    });
    const result = await oracle.load({ perSecond: 8_000, seconds: LONG ? 10 : 4, connections: 1_000 });
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    await oracle.settle();
    await oracle.check();
    figure(
      `${JSON.stringify(result.statuses)}, p99 ${Math.round(result.p99Ms)} ms, RSS ${Math.round(agent.rssMb())} MB`,
    );
    expect(await agent.stop()).to.equal(0);
  });
});
