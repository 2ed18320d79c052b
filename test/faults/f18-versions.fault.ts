import { cpSync } from 'node:fs';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { encodeText, FORMAT } from '../../src/ledger/disk/codec.ts';
import { writeOldLedger } from '../ledger/disk/upgrade/old-ledger.ts';
import { AgentProcess, freePort, pause, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { sample, scrape } from './support/oracle.ts';

const fixture = (format: number): string => new URL(`../fixtures/ledger-format-${format}`, import.meta.url).pathname;
const sent = 'twilio_message_callback_total{status="sent"}';

/** A ledger of each format, left by a kill: 20 messages, each queued, sent and delivered or failed; since format 3 more. */
const FIXTURES: readonly (readonly [format: number, sent: number, entries: number])[] = [
  [1, 20, 20],
  [2, 20, 20],
  [3, 22, 27],
];

describe('F18: ledgers of other versions', () => {
  for (const [format, messagesSent, entries] of FIXTURES) {
    it(`reads a ledger of format ${format}`, async function () {
      this.timeout(20_000);
      const storageDir = temporaryFolder();
      cpSync(fixture(format), storageDir, { recursive: true });
      const port = await freePort();
      const agent = await AgentProcess.start({ port, storageDir });
      const page = await scrape(port);
      expect(sample(page, sent)).to.equal(messagesSent);
      expect(sample(page, 'twilio_messages_delivered_total')).to.equal(16);
      expect(sample(page, 'twilio_messages_failed_total{error_code="30003"}')).to.equal(4);
      expect(sample(page, 'twilio_messages_failed_by_category_total{error_category="delivery"}')).to.equal(4);
      const info = 'twilio_error_code_info{error_code="30003",error_category="delivery",actor="recipient"}';
      expect(sample(page, info), 'it follows the totals').to.equal(1);
      expect(sample(page, 'twilio_agent_ledger_entries')).to.equal(entries);
      expect(await agent.stop()).to.equal(0);
    });
  }

  for (const format of [1, 2] as const) {
    it(`an upgrade from format ${format} that is killed again and again goes on, and loses nothing`, async function () {
      this.timeout(240_000);
      const storageDir = temporaryFolder();
      const messages = LONG ? 1_000_000 : 100_000;
      const hours = 3_600_000;
      await writeOldLedger({ directory: storageDir, format, messages, nowMs: Date.now(), spreadMs: 60 * hours });
      const port = await freePort();
      const startedMs = performance.now();
      let interrupted = 0;
      // A kill before anything is written leaves no upgrade under way: then it takes a few more.
      let kills = 0;
      for (; kills < 5 || (interrupted < 3 && kills < 12); kills++) {
        const agent = AgentProcess.spawn({ port, storageDir });
        await said(agent, /upgrades \d+ records|was interrupted and goes on/);
        if (agent.output.includes('was interrupted and goes on')) interrupted++;
        await pause(Math.random() * 200);
        agent.kill('SIGKILL');
        await agent.exited;
      }
      expect(interrupted, 'starts that found an upgrade under way').to.be.at.least(3);
      const agent = AgentProcess.spawn({ port, storageDir });
      await agent.ready(port, 120_000);
      const seconds = (performance.now() - startedMs) / 1_000;
      const page = await scrape(port);
      expect(sample(page, sent)).to.equal(messages);
      expect(sample(page, 'twilio_agent_ledger_entries')).to.equal(messages);
      expect(sample(page, 'twilio_messages_in_flight{phase="sent"}')).to.equal(messages / 4);
      figure(
        `${messages} records, ${kills} kills: ready after ${seconds.toFixed(1)} s, RSS ${Math.round(agent.rssMb())} MB`,
      );
      expect(await agent.stop()).to.equal(0);
    });
  }

  it('refuses a newer one by name, and leaves it as it is', async function () {
    this.timeout(20_000);
    const storageDir = temporaryFolder();
    cpSync(fixture(2), storageDir, { recursive: true });
    const newer = String(Number(FORMAT) + 1);
    const level = new ClassicLevel<string, Buffer>(storageDir, { valueEncoding: 'buffer', compression: false });
    await level.put('m:format', encodeText('m:format', newer));
    await level.close();
    const agent = AgentProcess.spawn({ port: await freePort(), storageDir });
    expect(await agent.exited).to.equal(78);
    expect(agent.output).to.include(`has format ${newer}`).and.include(`reads format ${FORMAT}`);
  });
});

/** Waits until the agent said something that fits. */
async function said(agent: AgentProcess, what: RegExp): Promise<void> {
  while (!what.test(agent.output))
    await Promise.race([pause(2), agent.exited.then(() => Promise.reject(agent.output))]);
}
