import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually, freePort, probe, temporaryFolder } from './support/agent.ts';
import { Application, startFront } from './support/application.ts';
import { figure } from './support/hooks.ts';
import { Oracle, sample, scrape } from './support/oracle.ts';

interface Got {
  readonly status: number | undefined;
  readonly bytes: number;
  readonly whole: boolean;
  readonly ms: number;
}

/** One request, and how its answer ended. A slow reader takes 64 KiB each 10 ms. */
function get(port: number, path: string, slowly = false): Promise<Got> {
  const started = performance.now();
  return new Promise((resolve) => {
    let [status, bytes] = [undefined as number | undefined, 0];
    const end = (whole: boolean) => resolve({ status, bytes, whole, ms: Math.round(performance.now() - started) });
    const sent = request({ port, host: '127.0.0.1', path, agent: false, maxHeaderSize: 131_072 }, (answer) => {
      status = answer.statusCode;
      answer.on('data', async (chunk: Buffer) => {
        bytes += chunk.length;
        if (!slowly) return;
        answer.pause();
        await sleep(10);
        answer.resume();
      });
      answer.on('error', () => {});
      answer.on('close', () => end(answer.complete));
    });
    sent.on('error', () => end(false));
    sent.end();
  });
}

describe('In front of an application, which is a process of its own and', () => {
  let app: Application;
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    app = new Application(await freePort(), { LATE_MS: '2500' });
  });
  afterEach(() => app.stop().catch(() => {}));

  /** What it does, what the client gets, and at most how long that takes. */
  const ROWS = [
    ['hang', 504, true, 1_000, 1_500],
    ['late', 504, true, 1_000, 1_500],
    ['fail', 500, true, 0, 500],
    ['headers', 200, true, 0, 500],
    ['large', 200, true, 0, 2_000],
    ['half', 200, false, 0, 500],
  ] as const;
  it('hangs, is late, fails, sends 64 KiB of headers, 10 MiB or half an answer: the client sees what it does', async () => {
    await app.start();
    const agent = await startFront({ port, app: app.port, route: { timeout: '1s' } });
    for (const [what, status, whole, least, most] of ROWS) {
      const got = await get(port, `/app/${what}`);
      figure(`${what}: ${got.status}, ${got.bytes} bytes, ${got.whole ? 'whole' : 'cut off'}, after ${got.ms} ms`);
      expect(got, what).to.include({ status, whole });
      expect(got.ms, what).to.be.within(least, most);
    }
    await app.stop();
    const dead = await get(port, '/app/seen');
    figure(`dead: ${dead.status} after ${dead.ms} ms, its one other attempt included`);
    expect(dead.status).to.equal(502);
    expect(dead.ms).to.be.below(500);
    expect(await agent.stop()).to.equal(0);
  });

  it('sends 10 MiB to many, some of whom read slowly: the agent keeps none of it', async function () {
    this.timeout(60_000);
    await app.start();
    const agent = await startFront({ port, app: app.port });
    await get(port, '/app/large');
    const before = agent.rssMb();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, agent.rssMb())), 50);
    const fast = Array.from({ length: 40 }, () => get(port, '/app/large'));
    const slow = Array.from({ length: 20 }, () => get(port, '/app/large', true));
    const all = await Promise.all([...fast, ...slow]);
    clearInterval(watch);
    figure(`60 answers of 10 MiB: RSS ${before.toFixed(0)} MB, at most ${most.toFixed(0)} MB`);
    for (const { bytes, whole } of all) expect([bytes, whole]).to.deep.equal([10_485_760, true]);
    expect(most - before, 'MB').to.be.below(100);
    expect(await agent.stop()).to.equal(0);
  });

  it('is killed and restarted under load: 502 or its answer, and every callback counts once', async function () {
    this.timeout(60_000);
    await app.start();
    const oracle = new Oracle(port);
    const agent = await startFront({ port, app: app.port });
    const load = oracle.load({ perSecond: 500, seconds: 6, connections: 32 });
    for (let i = 0; i < 3; i++) {
      await sleep(1_000);
      await app.stop();
      await sleep(300);
      await app.start();
    }
    const result = await load;
    figure(`${JSON.stringify(result.statuses)}, ${result.broken} cut off`);
    expect(Object.keys(result.statuses).sort()).to.deep.equal(['204', '502']);
    expect(result.broken).to.equal(0);
    // All of it was counted when it came; what is sent again is a duplicate.
    const page = await scrape(port);
    expect(sample(page, 'twilio_agent_callbacks_total{family="message",outcome="accepted"}')).to.equal(oracle.distinct);
    await oracle.settle();
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
  });

  it('closes connections at the worst moment: nothing reaches it twice, and all is counted', async function () {
    this.timeout(60_000);
    await app.stop().catch(() => {});
    app = new Application(app.port, { CLOSE_AFTER: '4' });
    await app.start();
    const oracle = new Oracle(port);
    const agent = await startFront({ port, app: app.port });
    const result = await oracle.load({ perSecond: 400, seconds: 5, connections: 8 });
    const seen = await app.seen();
    figure(
      `${JSON.stringify(result.statuses)}; the application got ${seen.requests}, the same one at most ${seen.most} time`,
    );
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '502')).to.deep.equal([]);
    expect(result.broken).to.equal(0);
    expect(seen.most).to.equal(1);
    expect(seen.requests).to.be.at.least(result.statuses['204'] ?? 0);
    const page = await scrape(port);
    expect(sample(page, 'twilio_agent_callbacks_total{family="message",outcome="accepted"}')).to.equal(oracle.distinct);
    expect(await agent.stop()).to.equal(0);
  });

  it('is slow while the agent stops: what is under way ends on both sides', async function () {
    this.timeout(30_000);
    await app.start();
    const agent = await startFront({ port, app: app.port, sets: ['receivers.twilio.shutdown_timeout=1s'] });
    const under = Array.from({ length: 20 }, () => get(port, '/app/late'));
    await sleep(300);
    const started = performance.now();
    expect(await agent.stop()).to.equal(0);
    const took = performance.now() - started;
    const all = await Promise.all(under);
    figure(`stopped in ${Math.round(took)} ms, the application answered 20 requests after 2500 ms`);
    expect(all.map(({ status, whole }) => [status, whole])).to.deep.equal(under.map(() => [204, true]));
    expect(took).to.be.below(4_000);
  });

  it('the agent is killed under load: what was answered is counted, once', async function () {
    const kills = 4;
    this.timeout(kills * 20_000);
    await app.start();
    const storageDir = temporaryFolder();
    const oracle = new Oracle(port);
    let agent = await startFront({ port, app: app.port, storageDir });
    for (let i = 0; i < kills; i++) {
      const load = oracle.load({ perSecond: 800, seconds: 1.5, duplicates: 0.1 });
      await sleep(300 + Math.random() * 900);
      agent.kill('SIGKILL');
      await agent.exited;
      agent = await startFront({ port, app: app.port, storageDir });
      const { statuses } = await load;
      expect(Object.keys(statuses).filter((status) => status !== '204')).to.deep.equal([]);
    }
    await oracle.settle();
    await oracle.check();
    figure(`${oracle.distinct} distinct callbacks, ${kills} kills`);
    expect(await agent.stop()).to.equal(0);
  });

  it('gets 3,000 requests a second: the count is exact, and what the agent adds is told', async function () {
    this.timeout(120_000);
    await app.start();
    const seconds = 10;
    const direct = await new Oracle(app.port).load({ perSecond: 3_000, seconds });
    const oracle = new Oracle(port);
    const agent = await startFront({ port, app: app.port });
    const through = await oracle.load({ perSecond: 3_000, seconds });
    const told = ({ p50Ms, p99Ms, seconds: took, sent }: typeof direct) =>
      `${Math.round(sent / took)} a second, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
    figure(`the application alone: ${told(direct)}`);
    figure(`through the agent: ${told(through)}, RSS ${agent.rssMb().toFixed(0)} MB`);
    expect(through.statuses).to.deep.equal({ 204: through.sent });
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
  });

  it('takes 11 s, which is longer than a request may take to arrive: its answer is the answer', async function () {
    this.timeout(40_000);
    app = new Application(app.port, { LATE_MS: '11000' });
    await app.start();
    const agent = await startFront({ port, app: app.port });
    const got = await get(port, '/app/late');
    figure(`${got.status} after ${got.ms} ms`);
    expect(got).to.include({ status: 204, whole: true });
    expect(await agent.stop()).to.equal(0);
  });

  it('is answered for while the disk of the ledger is full: nothing is refused, what does not count is an outcome', async function () {
    this.timeout(60_000);
    const mount = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', mount]);
    try {
      await app.start();
      const oracle = new Oracle(port);
      const agent = await startFront({ port, app: app.port, storageDir: mount });
      const good = await oracle.load({ perSecond: 200, seconds: 1, connections: 8 });
      expect(good.statuses).to.deep.equal({ 204: 200 });
      fill(join(mount, 'ballast'));
      const full = await oracle.load({ perSecond: 500, seconds: 3, connections: 16 });
      expect(full.statuses).to.deep.equal({ 204: 1_500 });
      expect((await app.seen()).requests).to.equal(1_700);
      const page = await scrape(port);
      const outcome = (name: string) =>
        sample(page, `twilio_agent_callbacks_total{family="message",outcome="${name}"}`)!;
      figure(`${outcome('accepted')} counted, ${outcome('ledger_unavailable')} not; p99 ${full.p99Ms.toFixed(1)} ms`);
      expect(outcome('ledger_unavailable')).to.be.above(0);
      expect(outcome('accepted') + outcome('ledger_unavailable')).to.equal(1_700);
      rmSync(join(mount, 'ballast'));
      await eventually('the ledger recovers', 5_000, async () => (await probe(port, '/health')) === 200);
      expect(await agent.stop()).to.equal(0);
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

/** Leaves no room at all. */
function fill(path: string): void {
  for (let size = 1_048_576; size >= 512; size = Math.floor(size / 2)) {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
  }
}
