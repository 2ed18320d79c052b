import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AgentProcess, eventually, freePort, probe, temporaryFolder } from './support/agent.ts';
import { figure } from './support/hooks.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';

describe('F4: the disk of the ledger is full', () => {
  let mount: string;
  before(() => {
    mount = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', mount]);
  });
  after(() => execFileSync('umount', ['-l', mount]));

  it('answers 503, loses no acknowledged callback, and recovers by itself', async function () {
    this.timeout(120_000);
    const port = await freePort();
    const ballast = join(mount, 'ballast');
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: mount });
    const good = await oracle.load({ perSecond: 500, seconds: 1, connections: 16 });
    expect(good.statuses).to.deep.equal({ 204: 500 });
    fill(ballast);
    const refused = await oracle.load({ perSecond: 1_000, seconds: 4, connections: 16, duplicates: 0.1 });
    expect(refused.statuses['503'], '503 while the disk is full').to.be.above(0);
    expect(Object.keys(refused.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    expect(await probe(port, '/health')).to.equal(503);
    expect(await probe(port, '/live')).to.equal(200);
    expect(sample(await scrape(port), 'twilio_agent_ledger_available')).to.equal(0);
    rmSync(ballast);
    const took = await eventually('the ledger recovers', 5_000, async () => (await probe(port, '/health')) === 200);
    figure(`recovered ${Math.round(took)} ms after there was room; ${JSON.stringify(refused.statuses)} while full`);
    await oracle.settle();
    await oracle.check();
    // What was acknowledged before and during the fault must be there for a new process too.
    agent.kill('SIGKILL');
    await agent.exited;
    const next = await AgentProcess.start({ port, storageDir: mount });
    await oracle.check();
    expect(await next.stop()).to.equal(0);
  });

  /** Leaves no room at all. */
  function fill(path: string): void {
    for (let size = 1_048_576; size >= 512; size = Math.floor(size / 2)) {
      for (;;) {
        try {
          writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
        } catch {
          break;
        }
      }
    }
  }
});
