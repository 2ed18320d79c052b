import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';

describe('F6: a second process on the same ledger', () => {
  it('leaves with 78 and says that it is in use; the first goes on', async function () {
    this.timeout(30_000);
    const storageDir = temporaryFolder();
    const port = await freePort();
    const first = await AgentProcess.start({ port, storageDir });
    const second = AgentProcess.spawn({ port: await freePort(), storageDir });
    expect(await second.exited).to.equal(78);
    expect(second.output).to.include('in use by another agent');
    expect(await first.ready(port)).to.be.below(5_000);
    expect(await first.stop()).to.equal(0);
  });
});
