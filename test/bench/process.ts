import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, type Running, start } from '../e2e/support/process.ts';

/** A server on the first core, whose costs can be read. */
export interface Server extends Running {
  readonly port: number;
  readonly startMs: number;
}

const SERVER_CORE = '0';
export const GENERATOR_CORE = '1';

/** Starts a program, on the first core unless another is named, and resolves once its port is open. */
export async function startServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  core = SERVER_CORE,
): Promise<Server> {
  const port = await freePort();
  const startedMs = performance.now();
  const running = await start({
    command: ['taskset', '-c', core, process.execPath, ...args],
    env: { PATH: process.env['PATH'], PORT: String(port), NODE_ENV: 'production', ...env },
    ready: () => eventually(() => opened(port), 20_000, 5),
  });
  return { ...running, port, startMs: performance.now() - startedMs };
}

const opened = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

/** CPU time of a process so far, user and system, all threads, in us. Linux counts it in ticks of 10 ms. */
export function cpuUs(pid: number): number {
  // The second field, the name, may hold blanks; user and system time are the 14th and 15th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

export function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

/** Runs a program on the second core to its end and resolves with what it printed. */
export function run(command: readonly string[], env: NodeJS.ProcessEnv = {}, core = GENERATOR_CORE): Promise<string> {
  const child = spawn('taskset', ['-c', core, ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command[0]} ended with ${code}`)),
    );
  });
}

/** Runs a script of this folder on the first core and resolves with what it printed. */
export const script = (name: string, ...args: string[]): Promise<string> =>
  run(
    [process.execPath, '--expose-gc', '--import', 'tsx', fileURLToPath(new URL(name, import.meta.url)), ...args],
    {},
    SERVER_CORE,
  );
