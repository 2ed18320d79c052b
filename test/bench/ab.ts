import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../e2e/support/process.ts';
import { PUBLIC_URL, TOKEN, writeLoad } from './callbacks.ts';
import { cpuUs, run, startServer } from './process.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = temporaryFolder();
const env = { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL, TWILIO_API_URL: 'http://127.0.0.1:9' };
const storage = process.argv[4] ?? 'file_storage';
const start = (main: string, name: string) =>
  startServer([main, '--set', `receivers.twilio.storage=${storage}`], { ...env, STORAGE_DIR: `${folder}/${name}` });
const servers = { old: await start(process.argv[2]!, 'old'), new: await start(process.argv[3]!, 'new') };
const ROUNDS = Number(process.env.ROUNDS ?? 10),
  SECONDS = 2;
const load0 = writeLoad(`${folder}/w`, 60000);
const send = async (port: number, load: { templates: string; list: string }, s: number) =>
  JSON.parse(
    (
      await run(['wrk', '-t1', '-c64', `-d${s}s`, '-s', file('load.lua'), `http://127.0.0.1:${port}`], {
        BENCH_TEMPLATES: load.templates,
        BENCH_LIST: load.list,
        BENCH_MODE: 'fresh',
      })
    ).match(/^\{.*\}$/m)![0],
  );
for (const s of Object.values(servers)) await send(s.port, load0, 4);
const got: Record<string, number[]> = { old: [], new: [] };
for (let r = 0; r < ROUNDS; r++) {
  const load = writeLoad(`${folder}/f`, 32000 * SECONDS);
  for (const name of r % 2 ? ['new', 'old'] : ['old', 'new']) {
    const s = servers[name as 'old'];
    const before = cpuUs(s.child.pid!);
    const sent = await send(s.port, load, SECONDS);
    got[name]!.push((cpuUs(s.child.pid!) - before) / sent.requests);
  }
}
const med = (a: number[]) => [...a].sort((x, y) => x - y)[a.length >> 1]!;
console.log(
  'old',
  med(got.old!).toFixed(1),
  'new',
  med(got.new!).toFixed(1),
  'paired',
  med(got.new!.map((x, i) => x / got.old![i]!)).toFixed(3),
  got.new!.map((x, i) => (x / got.old![i]!).toFixed(2)).join(' '),
);
await Promise.all(Object.values(servers).map((s) => s.stop()));
