import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the test run ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-otel-agent-'));
  folders.add(folder);
  return folder;
}

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Tries until `attempt` does not throw and resolves with its value; rejects with its last error at the deadline. */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 20_000, everyMs = 50): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}

/** A program that runs until it is stopped. */
export interface Running {
  readonly child: ChildProcess;
  /** Everything it has written so far, both streams. */
  output(): string;
  /** Sends the signal and resolves with the exit code, `null` when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code when it ends by itself. */
  readonly exited: Promise<number | null>;
}

export interface Start {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Throws while the program is not ready. */
  readonly ready: () => Promise<void>;
  readonly timeoutMs?: number;
}

/** Starts a program and resolves once it is ready; throws with its output when it ends before. */
export async function start({ command, env, cwd, ready, timeoutMs = 20_000 }: Start): Promise<Running> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  let ended = false;
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    ended = true;
    running.delete(child);
  });
  exited.catch(() => {});
  await eventually(() => (ended ? Promise.resolve() : ready()), timeoutMs);
  if (ended) throw new Error(`${file} ended with ${await exited}:\n${output}`);
  return {
    child,
    output: () => output,
    exited,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

/** A readiness check: throws until the URL answers 2xx. */
export const answers = (url: string) => async (): Promise<void> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
};
