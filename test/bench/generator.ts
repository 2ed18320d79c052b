/** The generator where `wrk` is not installed. Reads the same environment as `load.lua` and prints the same line. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port = 0, connections = 64, seconds = 1] = process.argv.slice(2).map(Number);
const { BENCH_TEMPLATES = '', BENCH_LIST = '', BENCH_MODE } = process.env;
const templates = readFileSync(BENCH_TEMPLATES, 'utf8')
  .split('\n')
  .map((line) => line.split('\t'));
const list = readFileSync(BENCH_LIST, 'utf8').split('\n');

const once = BENCH_MODE === 'fresh' || BENCH_MODE === 'batches';

let sent = 0;
let refused = 0;
let broken = 0;
const latencies: number[] = [];
const startedMs = performance.now();

function next(): string | undefined {
  if (performance.now() - startedMs > seconds * 1_000) return undefined;
  const at = once ? sent : sent % list.length;
  sent++;
  const [sid, signed = '', whole = ''] = list[at]?.split('\t') ?? [];
  if (!sid) return undefined;
  if (BENCH_MODE === 'batches') return post(sid, 'application/json', signed, whole);
  const [path, ...parts] = templates[at % templates.length]!;
  const body = parts.join(sid);
  const signature = BENCH_MODE === 'forged' ? 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' : signed;
  return post(path!, 'application/x-www-form-urlencoded; charset=UTF-8', signature!, body);
}

const post = (target: string, content: string, signature: string, body: string): string =>
  `POST ${target} HTTP/1.1\r\nHost: otel.example.com\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n` +
  `Content-Type: ${content}\r\nX-Twilio-Signature: ${signature}\r\n` +
  `I-Twilio-Idempotency-Token: 5b1b0a4e-8c6e-4b5a-9c3f-2f6f4d8e1a7b\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** One connection, one request at a time, until there is no next one. A closed connection is opened again. */
function client(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    let sentMs = 0;
    let waiting = false;
    const send = () => {
      const request = next();
      if (request === undefined) return socket.destroy();
      sentMs = performance.now();
      waiting = true;
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      const end = answer.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
      if (end === -1 || answer.length < end + 4 + length) return;
      if (!answer.startsWith('HTTP/1.1 2')) refused++;
      answer = '';
      waiting = false;
      latencies.push(performance.now() - sentMs);
      send();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (waiting) broken++;
      if (performance.now() - startedMs < seconds * 1_000 && (!once || sent < list.length)) {
        void client().then(resolve);
      } else resolve();
    });
  });
}

await Promise.all(Array.from({ length: connections }, client));
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
console.log(
  JSON.stringify({
    requests: latencies.length,
    seconds: (performance.now() - startedMs) / 1_000,
    refused,
    broken,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }),
);
