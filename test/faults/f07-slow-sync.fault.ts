import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AgentProcess, freePort, pause, probe, temporaryFolder } from './support/agent.ts';
import { figure } from './support/hooks.ts';
import { Oracle } from './support/oracle.ts';

describe('F7: each sync of the disk takes two seconds', () => {
  it('waits, stays alive, bounds what is in flight, and counts exactly', async function () {
    this.timeout(90_000);
    const folder = temporaryFolder();
    const library = join(folder, 'stall.so');
    const source = new URL('./support/stall.c', import.meta.url).pathname;
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
    const stallFile = join(folder, 'stall');
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      env: { LD_PRELOAD: library, STALL_FILE: stallFile },
      args: ['--set', 'receivers.twilio.max_requests_in_flight=150'],
    });
    writeFileSync(stallFile, '');
    const load = oracle.load({ perSecond: 200, seconds: 6, connections: 200 });
    for (let i = 0; i < 5; i++) {
      await pause(1_000);
      expect(await probe(port, '/live')).to.equal(200);
    }
    rmSync(stallFile);
    const result = await load;
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    expect(result.broken).to.equal(0);
    expect(result.maxMs).to.be.below(10_000);
    await oracle.settle();
    await oracle.check();
    figure(`${JSON.stringify(result.statuses)}, slowest answer ${Math.round(result.maxMs)} ms`);
    expect(await agent.stop()).to.equal(0);
  });
});
