import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { change, hashOf } from '../ledger/disk/damage/kinds.ts';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';

/** The ledger of an agent that was killed after 3,000 callbacks: made once, copied for each case. */
async function original(): Promise<string> {
  const port = await freePort();
  const storageDir = temporaryFolder();
  const oracle = new Oracle(port);
  for (let i = 0; i < 2; i++) {
    const agent = await AgentProcess.start({ port, storageDir });
    await oracle.load({ perSecond: 1_500, seconds: 1 });
    if (i === 0) await agent.stop();
    else agent.kill('SIGKILL');
    await agent.exited;
  }
  return storageDir;
}

const files = (folder: string, pattern: RegExp) => readdirSync(folder).filter((name) => pattern.test(name));

function flip(path: string, part: number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * part);
  bytes[at] = bytes[at]! ^ 0x55;
  writeFileSync(path, bytes);
}

describe('F5: the ledger is damaged', () => {
  let source: string;
  before(async function () {
    this.timeout(60_000);
    source = await original();
  });

  const DAMAGE: [name: string, damage: (folder: string) => void][] = [
    ...[0.05, 0.2, 0.35, 0.65, 0.8].map((part): [string, (folder: string) => void] => [
      `a flipped byte at ${part * 100}% of a table`,
      (folder) => flip(join(folder, files(folder, /\.ldb$/)[0]!), part),
    ]),
    ['a flipped byte in the middle of a table', (folder) => flip(join(folder, files(folder, /\.ldb$/)[0]!), 0.5)],
    ['a flipped byte early in a table', (folder) => flip(join(folder, files(folder, /\.ldb$/)[0]!), 0.1)],
    ...[0.2, 0.5, 0.8, 0.95].map((part): [string, (folder: string) => void] => [
      `eight wrong bytes at ${part * 100}% of the write-ahead log`,
      (folder) => change(join(folder, largestLog(folder)), part, 8),
    ]),
    ['a flipped byte in the write-ahead log', (folder) => flip(join(folder, largestLog(folder)), 0.3)],
    ['a flipped byte in the manifest', (folder) => flip(join(folder, files(folder, /^MANIFEST/)[0]!), 0.5)],
    ['the write-ahead log deleted', (folder) => rmSync(join(folder, largestLog(folder)))],
    ['CURRENT deleted', (folder) => rmSync(join(folder, 'CURRENT'))],
    ['the manifest deleted', (folder) => rmSync(join(folder, files(folder, /^MANIFEST/)[0]!))],
    ['a table deleted', (folder) => rmSync(join(folder, files(folder, /\.ldb$/)[0]!))],
  ];
  for (const [name, damage] of DAMAGE) {
    it(`${name}: three starts refuse with 78 and the same line that says what to do, and change nothing`, async function () {
      this.timeout(30_000);
      const storageDir = temporaryFolder();
      cpSync(source, storageDir, { recursive: true });
      damage(storageDir);
      const before = hashOf(storageDir);
      const told = new Set<string>();
      const exits: (number | null)[] = [];
      for (let i = 0; i < 3; i++) {
        const agent = AgentProcess.spawn({ port: await freePort(), storageDir });
        exits.push(await agent.exited);
        told.add(agent.output.trim().replace(/"time":[^,]*,|"pid":\d+,/g, ''));
      }
      expect(exits, [...told].join('\n')).to.deep.equal([78, 78, 78]);
      expect(told.size, [...told].join('\n')).to.equal(1);
      const [line] = told;
      expect(line!.split('\n')).to.have.length(1);
      expect(line).to.include('--ledger-recreate');
      expect(hashOf(storageDir)).to.equal(before);
    });
  }

  it('a torn tail of the log is a crash, and opens', async function () {
    this.timeout(30_000);
    const storageDir = temporaryFolder();
    cpSync(source, storageDir, { recursive: true });
    const log = join(storageDir, largestLog(storageDir));
    truncateSync(log, readFileSync(log).length - 7);
    const port = await freePort();
    const agent = await AgentProcess.start({ port, storageDir });
    expect(sample(await scrape(port), 'twilio_message_callback_total{status="sent"}')).to.be.within(1_010, 1_032);
    expect(await agent.stop()).to.equal(0);
  });

  it('--ledger-recreate moves it aside, deletes nothing and begins at zero', async function () {
    this.timeout(30_000);
    const storageDir = temporaryFolder();
    cpSync(source, storageDir, { recursive: true });
    const before = files(storageDir, /\.(?:ldb|log)$/);
    rmSync(join(storageDir, 'CURRENT'));
    const port = await freePort();
    const agent = await AgentProcess.start({ port, storageDir, args: ['--ledger-recreate'] });
    expect(sample(await scrape(port), 'twilio_message_callback_total{status="sent"}')).to.equal(0);
    const [aside] = files(storageDir, /^set-aside-/);
    for (const name of before) expect(existsSync(join(storageDir, aside!, name)), name).to.equal(true);
    expect(await agent.stop()).to.equal(0);
  });

  it('a folder with another LevelDB database is refused by name', async function () {
    this.timeout(30_000);
    const { ClassicLevel } = await import('classic-level');
    const storageDir = temporaryFolder();
    const other = new ClassicLevel(storageDir);
    await other.put('a', 'b');
    await other.close();
    const agent = AgentProcess.spawn({ port: await freePort(), storageDir });
    expect(await agent.exited).to.equal(78);
    expect(agent.output).to.include('not a ledger');
  });
});

const largestLog = (folder: string): string =>
  files(folder, /^\d+\.log$/).sort(
    (a, b) => readFileSync(join(folder, b)).length - readFileSync(join(folder, a)).length,
  )[0]!;
