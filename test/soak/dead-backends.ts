/**
 * `SECONDS=600 npm run soak`: the built agent with three OTLP exporters, of which one is refused and one hangs, under
 * callbacks. Prints what memory, CPU and answers did; fails when a callback or the good exporter suffered, or when memory
 * moved by more than 10 MB after the warm-up.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { AUTH_TOKEN, freePort, freshSid, messageStatus, signedPost, startAgent } from '../e2e/support/servers.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 600);
const PER_SECOND = 50;
const INTERVAL_MS = 1_000;
/** Memory is read once a second, and told by the minute or by the tenth of a shorter run. */
const PERIOD = Math.max(1, Math.min(60, Math.floor(SECONDS / 10)));
const WARM_UP = 60;
const MAY_MOVE_MB = 10;
/** Clock ticks of /proc a second, as on every Linux of today. */
const TICKS = 100;

let taken = 0;
const listen = (answers: boolean) =>
  new Promise<string>((resolve) => {
    const server = createServer((request, response) => {
      request.resume();
      if (!answers) return;
      taken++;
      response.end();
    });
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

const exporters = {
  'otlp/good': await listen(true),
  'otlp/refused': `http://127.0.0.1:${await freePort()}`,
  'otlp/hangs': await listen(false),
};
const agent = await startAgent({
  env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
  args: [
    ...Object.entries(exporters).flatMap(([id, url]) => [
      '--set',
      `exporters.${id}.endpoint=${url}`,
      '--set',
      `exporters.${id}.interval=${INTERVAL_MS}ms`,
    ]),
    '--set',
    `service.pipelines.metrics.exporters=[prometheus,${Object.keys(exporters)}]`,
  ],
});
const proc = (file: string) => readFileSync(`/proc/${agent.child.pid}/${file}`, 'utf8');
const rssMb = () => Number(/VmRSS:\s+(\d+)/.exec(proc('status'))![1]) / 1_024;
const cpuSeconds = () => {
  const fields = proc('stat')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

const rss: number[] = [];
const latencies: number[] = [];
const cpuBefore = cpuSeconds();
const beganMs = performance.now();
for (let second = 1; second <= SECONDS; second++) {
  const callbacks = Array.from({ length: PER_SECOND }, async () => {
    const startMs = performance.now();
    const { status } = await signedPost(`${agent.url}/webhooks/message`, messageStatus(freshSid('SM'), 'delivered'));
    latencies.push(performance.now() - startMs);
    expect(status).to.equal(204);
  });
  await Promise.all(callbacks);
  rss.push(rssMb());
  await sleep(Math.max(0, beganMs + second * 1_000 - performance.now()));
}
const cpu = (cpuSeconds() - cpuBefore) / ((performance.now() - beganMs) / 1_000);
const counts = async (exporter: string, outcome: string) =>
  (await agent.value('twilio_agent_exports_total', { exporter, outcome })) ?? 0;
const outcomes: string[] = [];
for (const exporter of Object.keys(exporters)) {
  for (const outcome of ['success', 'unavailable', 'timeout'])
    outcomes.push(`${exporter} ${outcome} ${await counts(exporter, outcome)}`);
}
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(latencies.length * share)]!.toFixed(1);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const periods: number[] = [];
for (let at = 0; at + PERIOD <= rss.length; at += PERIOD) periods.push(mean(rss.slice(at, at + PERIOD)));
/** How often each kind of failure of each exporter was told. */
const told = new Map<string, number>();
for (const [kind] of agent.output().matchAll(/otlp\/\w+: took nothing: \w+/g))
  told.set(kind, (told.get(kind) ?? 0) + 1);
const counted = await agent.value('twilio_messages_delivered_total');
const stopMs = performance.now();
const code = await agent.stop();
process.stdout.write(`${SECONDS} s, ${PER_SECOND} callbacks a second, pushes every ${INTERVAL_MS} ms
RSS by periods of ${PERIOD} s: ${periods.map((mb) => mb.toFixed(1)).join(', ')} MB; ${Math.min(...rss).toFixed(1)} to ${Math.max(...rss).toFixed(1)} MB
CPU ${(cpu * 100).toFixed(1)} % of a core
answers p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${latencies.at(-1)!.toFixed(1)} ms
${outcomes.join(', ')}
${[...told].map(([kind, lines]) => `${kind}, logged ${lines} times`).join('; ')}
stopped with ${code} after ${((performance.now() - stopMs) / 1_000).toFixed(1)} s
`);
expect(counted).to.equal(SECONDS * PER_SECOND);
expect(taken).to.be.greaterThan(SECONDS * 0.9);
for (const [kind, lines] of told) expect(lines, kind).to.be.at.most(Math.ceil(SECONDS / 60));
const warm = periods.slice(Math.ceil(WARM_UP / PERIOD));
for (const mb of warm) expect(mb, 'MB after the warm-up').to.be.closeTo(warm[0]!, MAY_MOVE_MB);
expect(code).to.equal(0);
process.exit(0);
