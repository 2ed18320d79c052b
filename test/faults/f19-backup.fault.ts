import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { AgentProcess, eventually, freePort, MAIN, pause, temporaryFolder } from './support/agent.ts';
import { Apart } from './support/apart.ts';
import { figure } from './support/hooks.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** One `ledger` command, in a process of its own beside the agent. */
async function ledger(storageDir: string, ...args: string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, STORAGE_DIR: storageDir };
  const run = promisify(execFile)(process.execPath, [MAIN, 'ledger', ...args], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stdout, stderr }) => ({ code, text: `${stdout}${stderr}` }),
  );
}

const instanceOf = (stats: Ended) => /^instance: (\S+)$/m.exec(stats.text)?.[1];
const sent = async (port: number) => sample(await scrape(port), 'twilio_message_callback_total{status="sent"}')!;

describe('F19: a backup of a running agent under load', () => {
  it('kill -9, restore and a replay of all callbacks: each counts once, under a new instance', async function () {
    this.timeout(120_000);
    const port = await freePort();
    const [storageDir, root] = [temporaryFolder(), temporaryFolder()];
    const oracle = new Oracle(port);
    oracle.keep();
    const agent = await AgentProcess.start({ port, storageDir });
    const load = oracle.load({ perSecond: 1_000, seconds: 6 });
    const backups: { readonly name: string; readonly before: number; readonly ms: number }[] = [];
    for (let i = 0; i < 3; i++) {
      await pause(1_000);
      const [name, before, started] = [join(root, `backup-${i}`), await sent(port), performance.now()];
      const { code, text } = await ledger(storageDir, 'backup', name);
      expect(code, text).to.equal(0);
      backups.push({ name, before, ms: performance.now() - started });
    }
    const { statuses, maxMs, p99Ms } = await load;
    expect(Object.keys(statuses)).to.deep.equal(['204']);
    figure(
      `${backups.map(({ ms }) => Math.round(ms)).join(', ')} ms each; callbacks p99 ${Math.round(p99Ms)} ms, at most ${Math.round(maxMs)} ms`,
    );
    agent.kill('SIGKILL');
    await agent.exited;
    const instance = instanceOf(await ledger(storageDir, 'stats'));
    for (const { name, before } of backups) {
      const { code, text } = await ledger(name, 'verify');
      expect(code, text).to.equal(0);
      const restored = temporaryFolder();
      expect((await ledger(restored, 'restore', name)).code).to.equal(0);
      expect(instanceOf(await ledger(restored, 'stats')))
        .to.be.a('string')
        .and.not.equal(instance);
      const next = await AgentProcess.start({ port, storageDir: restored });
      expect(await sent(port)).to.be.at.least(before);
      await oracle.replay();
      await oracle.check();
      expect(await next.stop()).to.equal(0);
    }
  });

  it('the agent dies in the middle, again and again: each backup is whole, or none', async function () {
    this.timeout(120_000);
    const port = await freePort();
    const [storageDir, root] = [temporaryFolder(), temporaryFolder()];
    const oracle = new Oracle(port);
    for (let i = 0; i < 5; i++) {
      const agent = await AgentProcess.start({ port, storageDir });
      const load = oracle.load({ perSecond: 1_000, seconds: 1 });
      await pause(300);
      const before = await sent(port);
      const target = join(root, String(i));
      const backup = ledger(storageDir, 'backup', target);
      await pause(i * 150);
      agent.kill('SIGKILL');
      await Promise.all([agent.exited, load]);
      const { code, text } = await backup;
      expect(code, text).to.equal(0);
      expect((await ledger(target, 'verify')).text).to.include('is sound');
      // One entry for each message, and each is queued and sent.
      expect(Number(/^entries: (\d+)$/m.exec((await ledger(target, 'stats')).text)?.[1])).to.be.at.least(before);
    }
  });

  it('the backup itself is killed: what it leaves is no backup, and says so', async function () {
    this.timeout(60_000);
    const port = await freePort();
    const [storageDir, root] = [temporaryFolder(), temporaryFolder()];
    const agent = await AgentProcess.start({ port, storageDir });
    await new Oracle(port).load({ perSecond: 1_000, seconds: 3 });
    const target = join(root, 'backup');
    const backup = spawn(process.execPath, [MAIN, 'ledger', 'backup', target], {
      env: { PATH: process.env.PATH, STORAGE_DIR: storageDir },
    });
    await eventually('the copy has begun', 10_000, () => existsSync(join(target, 'unfinished')));
    // Callbacks go before it.
    expect(getPriority(backup.pid)).to.be.above(getPriority(agent.pid));
    backup.kill('SIGKILL');
    await eventually('it is gone', 5_000, () => backup.signalCode !== null);
    expect(readdirSync(target)).to.deep.equal(['unfinished']);
    const other = temporaryFolder();
    expect((await ledger(other, 'restore', target)).text).to.include('is no backup');
    const again = await ledger(storageDir, 'backup', target);
    expect([again.code, again.text.includes('was broken off')]).to.deep.equal([78, true]);
    rmSync(target, { recursive: true });
    expect((await ledger(storageDir, 'backup', target)).code).to.equal(0);
    expect(await agent.stop()).to.equal(0);
  });

  it('a target without room: one line, nothing left there, and the agent goes on', async function () {
    this.timeout(60_000);
    const port = await freePort();
    const [storageDir, mount] = [temporaryFolder(), temporaryFolder()];
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', mount]);
    try {
      const oracle = new Apart(port);
      const agent = await AgentProcess.start({ port, storageDir });
      await oracle.load({ perSecond: 1_000, seconds: 3 });
      const { code, text } = await ledger(storageDir, 'backup', join(mount, 'backup'));
      expect(code).to.equal(78);
      expect(text.trim().split('\n')).to.have.length(1);
      expect(text).to.match(/no backup was made in .*: .*no space left/i);
      expect(readdirSync(mount)).to.deep.equal([]);
      await oracle.check();
      expect(await agent.stop()).to.equal(0);
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});
