import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { command } from '../command.ts';
import { freePort, type Running, start, temporaryFolder } from '../e2e/support/servers.ts';
import { SID, TOKEN } from './world.ts';

const PRISM = fileURLToPath(new URL('../prism/', import.meta.url));

describe("doctor: Twilio's OpenAPI documents, as a mock server", function () {
  this.timeout(60_000);
  let prism: Running | undefined;
  let url: string;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const cli = `${PRISM}node_modules/@stoplight/prism-cli/dist/index.js`;
    prism = await start({
      command: [process.execPath, cli, 'mock', `${PRISM}twilio_doctor.json`, `--port=${port}`],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      // Any answer will do: without credentials it is a refusal.
      ready: async () => void (await fetch(url)),
    });
  });
  after(() => prism?.stop());

  it('no request of the doctor violates them, and their examples are understood', async () => {
    const env = {
      TWILIO_ACCOUNT_SID: SID,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_API_URL: url,
      PUBLIC_URL: 'http://127.0.0.1:9',
      PORT: String(await freePort()),
      STORAGE_DIR: temporaryFolder(),
    };
    const { stdout } = await command(['doctor', '--json'], env);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; says: string }[] };
    const told = findings.map(({ check, says }) => `${check}: ${says}`);
    expect(told.filter((line) => /gets? no answer|may not read/.test(line))).to.deep.equal([]);
    for (const check of [
      'credentials',
      'phone numbers',
      'Messaging Services',
      'TwiML Apps',
      'SIP domains',
      'Event Streams',
      'alerts',
    ]) {
      expect(
        findings.some((each) => each.check === check),
        `${check}\n${told.join('\n')}`,
      ).to.equal(true);
    }
    // What is wrong is refused by it: a page is too large, or a parameter has no such form.
    const headers = { Authorization: `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}` };
    expect((await fetch(`${url}/v1/Services?PageSize=5000`, { headers })).status).to.equal(422);
  });
});
