import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { AgentProcess, eventually, freePort, pause, probe, temporaryFolder } from './support/agent.ts';
import { figure } from './support/hooks.ts';
import { Oracle } from './support/oracle.ts';

describe('F2: SIGTERM under load', () => {
  it('answers everything that it accepted, loses nothing and leaves with 0', async function () {
    this.timeout(60_000);
    const port = await freePort();
    const storageDir = temporaryFolder();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({ port, storageDir });
    const load = oracle.load({ perSecond: 1_500, seconds: 2 });
    await pause(1_000);
    const at = performance.now();
    const code = await agent.stop();
    const took = performance.now() - at;
    const result = await load;
    expect(code).to.equal(0);
    expect(took).to.be.below(10_000);
    expect(Object.keys(result.statuses).filter((status) => status !== '204' && status !== '503')).to.deep.equal([]);
    const again = await AgentProcess.start({ port, storageDir });
    await oracle.settle();
    await oracle.check();
    figure(
      `stopped in ${Math.round(took)} ms: ${JSON.stringify(result.statuses)}, ${result.broken} connections refused or cut`,
    );
    await again.stop();
  });

  it('is not ready at once but still counts while shutdown_delay lasts', async function () {
    this.timeout(30_000);
    const port = await freePort();
    const storageDir = temporaryFolder();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir,
      args: ['--set', 'receivers.twilio.shutdown_delay=1500ms'],
    });
    agent.kill('SIGTERM');
    await eventually('/ready is 503', 500, async () => (await probe(port, '/ready')) === 503);
    expect(await probe(port, '/live')).to.equal(200);
    const result = await oracle.load({ perSecond: 100, seconds: 0.5, connections: 4 });
    expect(result.statuses).to.deep.equal({ 204: 50 });
    await oracle.check();
    expect(await agent.exited).to.equal(0);
  });

  it('leaves within 10 s although the OTLP backend hangs', async function () {
    this.timeout(30_000);
    const backend = await listening(createServer(() => {}));
    const port = await freePort();
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(backend.address() as AddressInfo).port}` },
    });
    const at = performance.now();
    expect(await agent.stop()).to.equal(0);
    const took = performance.now() - at;
    figure(`stopped in ${Math.round(took)} ms beside a backend that never answers`);
    expect(took).to.be.below(6_000);
    backend.closeAllConnections();
    backend.close();
  });

  it('leaves at once and not with 0 at the second SIGTERM', async function () {
    this.timeout(30_000);
    const port = await freePort();
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      args: ['--set', 'receivers.twilio.shutdown_delay=30s'],
    });
    agent.kill('SIGTERM');
    await eventually('/ready is 503', 1_000, async () => (await probe(port, '/ready')) === 503);
    const at = performance.now();
    agent.kill('SIGTERM');
    expect(await agent.exited).to.not.equal(0);
    expect(performance.now() - at).to.be.below(1_000);
  });
});

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
