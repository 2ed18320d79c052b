import { expect } from 'chai';
import { AgentProcess, checkSound, freePort, pause, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';
import { TOKEN } from './support/requests.ts';
import { Mixed } from './support/traffic.ts';

const SENT = 'twilio_message_callback_total{status="sent"}';

describe('F1: kill -9 at a random moment under load', () => {
  const kills = LONG ? 20 : 6;

  it(`${kills} times: everything that got a 204 is counted, once, and no total is ever seen lower`, async function () {
    this.timeout(kills * 20_000);
    const port = await freePort();
    const storageDir = temporaryFolder();
    const oracle = new Oracle(port);
    let agent = await AgentProcess.start({ port, storageDir });
    let highest = 0;
    const restarts: number[] = [];
    const dark: number[] = [];
    for (let i = 0; i < kills; i++) {
      const load = oracle.load({ perSecond: LONG ? 3_000 : 1_500, seconds: 1.5, duplicates: 0.1 });
      await pause(300 + Math.random() * 900);
      highest = Math.max(highest, sample(await scrape(port), SENT) ?? 0);
      const killedAt = performance.now();
      agent.kill('SIGKILL');
      await agent.exited;
      agent = AgentProcess.spawn({ port, storageDir });
      restarts.push(await agent.ready(port));
      dark.push(performance.now() - killedAt);
      await load;
      const after = sample(await scrape(port), SENT) ?? 0;
      expect(after, 'a total after the restart').to.be.at.least(highest);
    }
    await oracle.settle();
    await oracle.check();
    figure(
      `${oracle.distinct} distinct callbacks, ${kills} kills; start to ready ${summary(restarts)} ms, dark ${summary(dark)} ms`,
    );
    expect(await agent.stop()).to.equal(0);
  });

  it(`${kills} times, while callbacks and Event Streams tell of the same messages and calls: after each kill the open book is what its records say, and in the end nothing is lost or double`, async function () {
    this.timeout(kills * 30_000);
    const port = await freePort();
    const storageDir = temporaryFolder();
    const oracle = new Oracle(port, TOKEN, Mixed);
    let agent = await AgentProcess.start({ port, storageDir });
    for (let i = 0; i < kills; i++) {
      const load = oracle.load({ perSecond: LONG ? 1_500 : 800, seconds: 1.5, duplicates: 0.1 });
      await pause(300 + Math.random() * 900);
      agent.kill('SIGKILL');
      await agent.exited;
      await checkSound(storageDir);
      agent = await AgentProcess.start({ port, storageDir });
      await load;
    }
    await oracle.settle();
    await oracle.check();
    figure(`${oracle.distinct} distinct facts on two roads, ${kills} kills`);
    expect(await agent.stop()).to.equal(0);
  });
});

function summary(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `${Math.round(sorted[Math.floor(sorted.length / 2)]!)} (at most ${Math.round(sorted.at(-1)!)})`;
}
