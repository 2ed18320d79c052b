import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { type LoadResult, Oracle, sample, scrape } from './support/oracle.ts';

const told = (result: LoadResult): string =>
  `${JSON.stringify(result.statuses)}, p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms`;

describe('Load', () => {
  it('L1: 3,000 signed callbacks a second, on disk: none lost, none double, memory flat', async function () {
    const seconds = LONG ? 60 : 12;
    this.timeout(seconds * 4_000 + 60_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const first = await oracle.load({ perSecond: 3_000, seconds: seconds / 2 });
    const half = agent.rssMb();
    const second = await oracle.load({ perSecond: 3_000, seconds: seconds / 2 });
    const full = agent.rssMb();
    figure(`${told(first)}, RSS ${half.toFixed(0)} MB`);
    figure(`${told(second)}, RSS ${full.toFixed(0)} MB`);
    expect(first.statuses).to.deep.equal({ 204: first.sent });
    expect(second.statuses).to.deep.equal({ 204: second.sent });
    await oracle.check();
    expect(full).to.be.below(300);
    expect(await agent.stop()).to.equal(0);
  });

  it('L2: a burst of 8,000 a second: what is acknowledged is exact, the rest is 503 overloaded', async function () {
    const seconds = LONG ? 10 : 4;
    this.timeout(90_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const result = await oracle.load({ perSecond: 8_000, seconds, connections: 256 });
    figure(told(result));
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    const shed = sample(await scrape(port), 'twilio_agent_callbacks_total{family="message",outcome="overloaded"}');
    expect(shed).to.equal(result.statuses['503'] ?? 0);
    await oracle.settle();
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
  });

  it('L2: beyond the limit in flight it sheds with 503, counted, and what it accepted is exact', async function () {
    this.timeout(60_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      args: ['--set', 'receivers.twilio.max_requests_in_flight=4'],
    });
    const result = await oracle.load({ perSecond: 4_000, seconds: 2, connections: 128 });
    figure(told(result));
    expect(result.statuses['503']).to.be.above(0);
    const shed = sample(await scrape(port), 'twilio_agent_callbacks_total{family="message",outcome="overloaded"}');
    expect(shed).to.equal(result.statuses['503']);
    await oracle.settle();
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
  });

  it('L3: a third are duplicates: the count is exact, and so is the number of duplicates', async function () {
    this.timeout(60_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const result = await oracle.load({ perSecond: 2_000, seconds: LONG ? 30 : 4, duplicates: 0.3 });
    figure(told(result));
    await oracle.check();
    const page = await scrape(port);
    const outcome = (name: string) => sample(page, `twilio_agent_callbacks_total{family="message",outcome="${name}"}`);
    expect(outcome('accepted')).to.equal(oracle.distinct);
    expect(outcome('duplicate')).to.equal(result.sent - oracle.distinct);
    expect(await agent.stop()).to.equal(0);
  });

  it('L6 and F9: a scrape each second under load costs no answer; without one nothing grows', async function () {
    const seconds = LONG ? 60 : 8;
    this.timeout(seconds * 6_000 + 60_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    await oracle.load({ perSecond: 2_000, seconds: seconds / 2 });
    const before = agent.rssMb();
    await oracle.load({ perSecond: 2_000, seconds });
    const grown = agent.rssMb() - before;
    const durations: number[] = [];
    const timer = setInterval(async () => {
      const started = performance.now();
      await scrape(port);
      durations.push(performance.now() - started);
    }, 1_000);
    const scraped = await oracle.load({ perSecond: 2_000, seconds });
    clearInterval(timer);
    figure(
      `RSS ${grown.toFixed(1)} MB more without a scrape; scrapes at most ${Math.max(...durations).toFixed(0)} ms; ${told(scraped)}`,
    );
    expect(scraped.statuses).to.deep.equal({ 204: scraped.sent });
    expect(grown).to.be.below(60);
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
  });
});
