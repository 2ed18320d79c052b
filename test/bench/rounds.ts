import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IN_BATCH, writeBatches } from './batches.ts';
import { type Load, PUBLIC_URL, TOKEN, writeLoad } from './callbacks.ts';
import { cpuUs, GENERATOR_CORE, rssBytes, run, type Server, startServer } from './process.ts';

const CONNECTIONS = 64;
/** More callbacks than any server takes in a second: each is sent once. */
export const FRESH_PER_SECOND = 32_000;
/** The same of batches. */
const BATCHES_PER_SECOND = 400;
const REPEATED = 10_000;
/** `wrk` stays for all of it, also when the list has ended. */
export const WARM_UP_SECONDS = 8;

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const AGENT = process.env['BENCH_AGENT'] ?? file('../../dist/src/main.js');
const TSX = ['--import', 'tsx'];
const AGENT_ENV = { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL, TWILIO_API_URL: 'http://127.0.0.1:9' };

const SOME_SID = '0a'.repeat(16);
const LABELS = [
  'service.pipelines.metrics.processors=[labels]',
  ...['country', 'channel', 'direction', 'sender', 'carrier'].map((name) => `processors.labels.${name}=true`),
  `processors.labels.messaging_service={MG${SOME_SID}: otp}`,
  `processors.labels.account={AC${SOME_SID}: main}`,
];

type ServerName = 'bare' | 'memory' | 'disk' | 'labels' | 'usual' | 'proxy' | 'front';
export type Mode = 'fresh' | 'again' | 'forged' | 'batches';

export const VARIANTS: readonly { key: string; name: string; server: ServerName; mode: Mode }[] = [
  { key: 'a', name: 'bare `node:http`, reads the body, answers 204', server: 'bare', mode: 'again' },
  { key: 'b', name: 'agent, memory ledger', server: 'memory', mode: 'fresh' },
  { key: 'c', name: 'agent, disk ledger, durable before the answer', server: 'disk', mode: 'fresh' },
  { key: 'd', name: 'agent, disk ledger, duplicates', server: 'disk', mode: 'again' },
  { key: 'e', name: 'agent, disk ledger, forged requests', server: 'disk', mode: 'forged' },
  { key: 'h', name: 'agent, disk ledger, all labels on request', server: 'labels', mode: 'fresh' },
  {
    key: 'g',
    name: 'agent, disk ledger, Event Streams: each event of batches of 100',
    server: 'disk',
    mode: 'batches',
  },
  { key: 'f', name: 'the usual Koa way, no ledger', server: 'usual', mode: 'again' },
  { key: 'i', name: 'bare `node:http` proxy before an application', server: 'proxy', mode: 'again' },
  { key: 'j', name: 'agent in front of it: forwarded, and counted on disk', server: 'front', mode: 'fresh' },
];

/** What one variant did in one round. */
export interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Rounds {
  /** By the key of the variant, one for each round. */
  readonly measured: Readonly<Record<string, readonly Measured[]>>;
  readonly rssIdle: number;
  readonly rssLoaded: number;
}

/** The built agent, on a ledger in a folder of its own. */
export const startAgent = (
  folder: string,
  storage: 'memory' | 'file_storage',
  sets: readonly string[] = [],
  program = AGENT,
): Promise<Server> =>
  startServer([program, ...[`receivers.twilio.storage=${storage}`, ...sets].flatMap((set) => ['--set', set])], {
    ...AGENT_ENV,
    STORAGE_DIR: folder,
  });

/** Passes what it gets on to an application, at the paths that are its own elsewhere. */
const inFront = (application: number): string[] => {
  const families = ['message', 'call'];
  const to = `http://127.0.0.1:${application}`;
  const routes = families.map((family) => ({ path: `/webhooks/${family}`, to, family }));
  const off = families.map((family) => `receivers.twilio.families.${family}.enabled=false`);
  return [`receivers.twilio.forward=${JSON.stringify(routes)}`, ...off];
};

/** Runs every variant in every round, back and forth, so that what else happens on the machine meets all alike. */
export async function runRounds(folder: string, rounds: number, seconds: number): Promise<Rounds> {
  // Beside the generator, so that it takes nothing from what is measured.
  const application = await startServer([...TSX, file('servers/bare.ts')], {}, GENERATOR_CORE);
  const servers: Record<ServerName, Server> = {
    bare: await startServer([...TSX, file('servers/bare.ts')]),
    memory: await startAgent(`${folder}/none`, 'memory'),
    disk: await startAgent(`${folder}/data`, 'file_storage'),
    labels: await startAgent(`${folder}/labels`, 'file_storage', LABELS),
    usual: await startServer([...TSX, file('servers/usual-koa.ts')]),
    proxy: await startServer([...TSX, file('servers/bare-proxy.ts')], { TO: String(application.port) }),
    front: await startAgent(`${folder}/front`, 'file_storage', inFront(application.port)),
  };
  const { pid } = servers.disk.child;
  const rssIdle = rssBytes(pid!);
  let rssLoaded = rssIdle;
  const measured: Record<string, Measured[]> = Object.fromEntries(VARIANTS.map(({ key }) => [key, []]));
  const accepted = { bare: 0, memory: 0, disk: 0, labels: 0, usual: 0, proxy: 0, front: 0 };
  // The warm-up is not measured; what it sends is what the duplicates repeat.
  const repeated = writeLoad(`${folder}/repeated`, REPEATED);
  for (const [name, server] of Object.entries(servers)) {
    accepted[name as ServerName] += (await send(server, repeated, 'fresh', WARM_UP_SECONDS)).requests;
  }
  const first = writeBatches(`${folder}/first`, BATCHES_PER_SECOND);
  accepted.disk += (await send(servers.disk, first, 'batches', WARM_UP_SECONDS)).requests;

  for (let round = 0; round < rounds; round++) {
    const fresh = writeLoad(`${folder}/fresh`, FRESH_PER_SECOND * seconds);
    const batches = writeBatches(`${folder}/batches`, BATCHES_PER_SECOND * seconds);
    const loads: Record<Mode, Load> = { fresh, batches, again: repeated, forged: repeated };
    for (const { key, server: name, mode } of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
      const server = servers[name];
      const before = cpuUs(server.child.pid!);
      const sent = await send(server, loads[mode], mode, seconds);
      const cpu = cpuUs(server.child.pid!) - before;
      if (sent.broken > 0 || sent.refused !== (mode === 'forged' ? sent.requests : 0)) {
        throw new Error(`${key}: ${sent.requests} requests, ${sent.refused} refused, ${sent.broken} broken`);
      }
      if (mode === 'fresh' || mode === 'batches') accepted[name] += sent.requests;
      const each = mode === 'batches' ? IN_BATCH : 1;
      measured[key]!.push({
        perSecond: (sent.requests * each) / sent.seconds,
        cpuUs: cpu / (sent.requests * each),
        p50Ms: sent.p50Ms,
        p99Ms: sent.p99Ms,
      });
      rssLoaded = Math.max(rssLoaded, rssBytes(pid!));
    }
  }
  for (const name of ['memory', 'disk', 'labels', 'front'] as const) await checkCounted(servers[name], accepted[name]);
  await Promise.all([...Object.values(servers), application].map((server) => server.stop()));
  return { measured, rssIdle, rssLoaded };
}

/** A fast answer that counts nothing would be worth nothing. */
async function checkCounted({ port }: Server, expected: number): Promise<void> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = page.match(/^twilio_agent_callbacks_total\{.*outcome="accepted".*$/gm) ?? [];
  const counted = lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  if (counted < expected) throw new Error(`${expected} callbacks were answered and ${counted} counted`);
}

interface Sent {
  readonly requests: number;
  readonly seconds: number;
  readonly refused: number;
  readonly broken: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WRK = spawnSync('wrk', ['-v']).error === undefined;

/** Sends a load for some seconds, or until each of its callbacks was sent. */
export async function send({ port }: Server, load: Load, mode: Mode, seconds: number): Promise<Sent> {
  const command = WRK
    ? ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', file('load.lua'), `http://127.0.0.1:${port}`]
    : [process.execPath, ...TSX, file('generator.ts'), String(port), String(CONNECTIONS), String(seconds)];
  const output = await run(command, {
    BENCH_TEMPLATES: load.templates,
    BENCH_LIST: load.list,
    BENCH_MODE: mode,
  });
  return JSON.parse(output.match(/^\{.*\}$/m)![0]) as Sent;
}
