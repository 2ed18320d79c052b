import { expect } from 'chai';
import { AgentProcess, freePort, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { type LoadResult, Oracle, sample, scrape } from './support/oracle.ts';

const told = (result: LoadResult): string =>
  `${JSON.stringify(result.statuses)}, p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms`;

const SAMPLE_SECONDS = 5;

/** The growth in a minute, by least squares, of values that were taken in equal steps. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const over = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0);
  const under = values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return (over / under) * (60 / SAMPLE_SECONDS);
}

describe('Load', () => {
  it('L1: 3,000 signed callbacks a second, on disk: none lost, none double, memory flat', async function () {
    const minutes = LONG ? 10 : 1;
    this.timeout(minutes * 240_000 + 60_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const rss: number[] = [];
    const sampling = setInterval(() => rss.push(agent.rssMb()), SAMPLE_SECONDS * 1_000);
    const result = await oracle.load({ perSecond: 3_000, seconds: minutes * 60 });
    clearInterval(sampling);
    const settled = rss.slice(120 / SAMPLE_SECONDS);
    const growth = settled.length > 2 ? `, ${slopeOf(settled).toFixed(2)} MB a minute after minute 2` : '';
    figure(`${told(result)}, RSS ${rss[0]!.toFixed(0)} -> ${rss.at(-1)!.toFixed(0)} MB${growth}`);
    expect(result.statuses).to.deep.equal({ 204: minutes * 180_000 });
    expect(result.p50Ms, 'p50, ms').to.be.at.most(10);
    expect(result.p99Ms, 'p99, ms').to.be.at.most(100);
    await oracle.check();
    expect(Math.max(...rss)).to.be.below(300);
    if (settled.length > 2) expect(slopeOf(settled), 'MB a minute').to.be.below(1);
    expect(await agent.stop()).to.equal(0);
  });

  it('L2: a burst of 8,000 a second: what is acknowledged is exact, the rest is 503 overloaded', async function () {
    const seconds = 10;
    this.timeout(90_000);
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir: temporaryFolder() });
    const result = await oracle.load({ perSecond: 8_000, seconds, connections: 256 });
    figure(told(result));
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    const shed = sample(await scrape(port), 'twilio_agent_callbacks_total{family="message",outcome="overloaded"}');
    expect(shed).to.equal(result.statuses['503'] ?? 0);
    expect(result.p99Ms, 'p99, ms').to.be.at.most(250);
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
