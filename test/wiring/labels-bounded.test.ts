import v8 from 'node:v8';
import vm from 'node:vm';
import { expect } from 'chai';
import { TestAgent } from '../receive/support/agent.ts';
import { messageEvent, signedJson } from '../receive/support/json.ts';
import { exchange } from '../receive/support/socket.ts';
import { freshSid } from '../receive/support/wire.ts';

const BATCHES = 100;
const EVENTS = 1_000;
const CODES = [
  '1212',
  '44740',
  '919',
  '4915',
  '3361',
  '5511',
  '8190',
  '6141',
  '2348',
  '97150',
  '4850',
  '346',
  '393',
  '4670',
];

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** The same numbers in each run. */
let seed = 1;
const next = () => (seed = (seed * 48_271) % 2_147_483_647);
const number = () => `+${CODES[next() % CODES.length]}${String(next()).padStart(7, '0').slice(-7)}`;
const sid = (prefix: string) => prefix + next().toString(16).padStart(32, '0');

const event = () =>
  messageEvent(freshSid('SM'), ['SENT', 'DELIVERED', 'FAILED', 'QUEUED'][next() % 4]!, {
    from: number(),
    to: number(),
    accountSid: sid('AC'),
    messagingServiceSid: sid('MG'),
    mcc: String(310 + (next() % 25)),
    mnc: String(10 + (next() % 10)),
    errorCode: 30_000 + (next() % 100),
  });

describe('labels on request: 100,000 distinct numbers, services and accounts over 50 scrapes', () => {
  it('leave the series within max_series and the memory flat, and each message counts', async function () {
    this.timeout(60_000);
    const agent = await TestAgent.start({
      'service.pipelines.metrics.processors': '[labels]',
      'extensions.memory.max_entries': '1000',
      'processors.labels.account': `{AC${'0b'.repeat(16)}: main}`,
      'processors.labels.messaging_service': `{MG${'0a'.repeat(16)}: otp}`,
      ...Object.fromEntries(
        ['country', 'channel', 'direction', 'sender', 'carrier'].map((name) => [`processors.labels.${name}`, 'true']),
      ),
    });
    const sizes: number[] = [];
    let scrapes = 0;
    let most = 0;
    let counted = 0;
    for (let i = 0; i < BATCHES; i++) {
      const batch = signedJson(Array.from({ length: EVENTS }, event));
      expect((await exchange(agent.port, batch)).status).to.equal(204);
      if (i % 2 === 0) continue;
      // Not by the helper, which keeps each page for the test of what is private.
      const page = await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).text();
      const lines = page.split('\n').filter((line) => line.startsWith('twilio_message_callback_total'));
      most = Math.max(most, lines.length);
      counted = lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      scrapes++;
      if (scrapes % 10 !== 0) continue;
      collect();
      sizes.push(process.memoryUsage().heapUsed);
    }
    await agent.page();
    await agent.stop();
    expect(scrapes).to.equal(50);
    expect(counted).to.equal(BATCHES * EVENTS);
    expect(most).to.be.within(1_900, 2_000);
    const grown = sizes.at(-1)! - sizes[0]!;
    expect(
      grown / 1e6,
      `MB from scrape 10 to 50: ${sizes.map((size) => (size / 1e6).toFixed(1)).join(' ')}`,
    ).to.be.lessThan(8);
  });
});
