import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { sendOnce } from './support/connection.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';
import { signedRequest } from './support/requests.ts';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

describe('F11: the clock jumps', () => {
  it('an hour ahead, an hour back, a day ahead and back: nothing expires, nothing counts twice, calls are still taken', async function () {
    this.timeout(60_000);
    expect(existsSync(LIBRARY), 'libfaketime (Debian: faketime)').to.equal(true);
    const folder = temporaryFolder();
    const offset = join(folder, 'offset');
    const jump = (text: string) => writeFileSync(offset, `${text}\n`);
    jump('+0');
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir: folder,
      env: {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: offset,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
      args: ['--set', 'extensions.file_storage.window=2h'],
    });
    await oracle.load({ perSecond: 300, seconds: 1, connections: 8 });
    let calls = 0;
    for (const by of ['+3600', '-3600', '+86400', '+0']) {
      jump(by);
      await oracle.load({ perSecond: 300, seconds: 1, connections: 8, duplicates: 0.5 });
      await oracle.check();
      calls++;
      const params = {
        CallSid: `CA${calls.toString(16).padStart(32, '0')}`,
        CallStatus: 'completed',
        Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
      };
      expect(await sendOnce(port, signedRequest(port, '/webhooks/call', params)), `a call at ${by}`).to.equal(204);
    }
    const page = await scrape(port);
    expect(sample(page, 'twilio_calls_completed_total{call_status="completed"}')).to.equal(calls);
    expect(sample(page, 'twilio_agent_ledger_window_seconds')).to.equal(7_200);
    // Everything is still known: a whole replay is a whole row of duplicates.
    const known = sample(page, 'twilio_agent_ledger_entries');
    expect(known).to.equal(oracle.records + calls);
    expect(await agent.stop()).to.equal(0);
  });
});
