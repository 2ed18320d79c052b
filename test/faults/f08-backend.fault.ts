import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { AgentProcess, eventually, freePort, temporaryFolder } from './support/agent.ts';
import { figure, LONG } from './support/hooks.ts';
import { Oracle } from './support/oracle.ts';

describe('F8: the OTLP backend is refused, hangs, or answers 500', () => {
  it('delays no callback, grows nothing, logs a line a minute, and is complete after it', async function () {
    const seconds = LONG ? 600 : 12;
    this.timeout(seconds * 1_000 + 60_000);
    let mode: 'fail' | 'hang' | 'good' = 'fail';
    let pushed = 0;
    const backend = createServer((req, res) => {
      req.resume();
      if (mode === 'hang') return;
      if (mode === 'good') pushed++;
      res.writeHead(mode === 'good' ? 200 : 500).end();
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const url = (port: number) => `http://127.0.0.1:${port}`;
    const port = await freePort();
    const oracle = new Oracle(port);
    const agent = await AgentProcess.start({
      port,
      storageDir: temporaryFolder(),
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: url((backend.address() as AddressInfo).port),
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_EXPORTER_OTLP_TIMEOUT: '900',
      },
      args: [
        '--set',
        `exporters.otlp/refused.endpoint=${url(await freePort())}`,
        '--set',
        'exporters.otlp/refused.interval=1s',
        '--set',
        'exporters.otlp/refused.timeout=900ms',
        '--set',
        'service.pipelines.metrics.exporters=[prometheus,otlp,otlp/refused]',
      ],
    });
    const warm = await oracle.load({ perSecond: 300, seconds: seconds / 2, connections: 16 });
    const before = agent.rssMb();
    mode = 'hang';
    const hung = await oracle.load({ perSecond: 300, seconds: seconds / 2, connections: 16 });
    const grown = agent.rssMb() - before;
    expect(warm.statuses).to.deep.equal({ 204: warm.sent });
    expect(hung.statuses).to.deep.equal({ 204: hung.sent });
    figure(
      `p99 ${hung.p99Ms.toFixed(1)} ms while it hangs, ${warm.p99Ms.toFixed(1)} ms while it fails; RSS ${grown.toFixed(1)} MB more`,
    );
    const lines = agent.output.split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line) && /otlp/.test(line));
    expect(lines.length, lines.join('\n')).to.be.at.most(Math.ceil(seconds / 60) * 6);
    mode = 'good';
    backend.closeAllConnections();
    await eventually('a push that arrives', 15_000, () => pushed > 0);
    await oracle.check();
    expect(await agent.stop()).to.equal(0);
    backend.closeAllConnections();
    backend.close();
  });
});
