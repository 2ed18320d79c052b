import { cpSync } from 'node:fs';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { encodeText, FORMAT } from '../../src/ledger/disk/codec.ts';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { sample, scrape } from './support/oracle.ts';

/** A ledger of each format, left by a kill: 20 messages, each queued, sent and delivered or failed. */
const fixture = (format: number): string => new URL(`../fixtures/ledger-format-${format}`, import.meta.url).pathname;

describe('F18: ledgers of other versions', () => {
  for (const format of [1, 2]) {
    it(`reads a ledger of format ${format}`, async function () {
      this.timeout(20_000);
      const storageDir = temporaryFolder();
      cpSync(fixture(format), storageDir, { recursive: true });
      const port = await freePort();
      const agent = await AgentProcess.start({ port, storageDir });
      const page = await scrape(port);
      expect(sample(page, 'twilio_message_callback_total{status="sent"}')).to.equal(20);
      expect(sample(page, 'twilio_messages_delivered_total')).to.equal(16);
      expect(sample(page, 'twilio_messages_failed_total{error_code="30003"}')).to.equal(4);
      expect(sample(page, 'twilio_messages_failed_by_category_total{error_category="delivery"}')).to.equal(4);
      const info = 'twilio_error_code_info{error_code="30003",error_category="delivery",actor="recipient"}';
      expect(sample(page, info), 'it follows the totals').to.equal(1);
      expect(sample(page, 'twilio_agent_ledger_entries')).to.equal(20);
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
