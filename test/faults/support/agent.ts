import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { told } from '../../told.ts';
import { TOKEN } from './requests.ts';

export const MAIN = new URL('../../../dist/src/main.js', import.meta.url).pathname;

export interface AgentOptions {
  readonly port: number;
  readonly storageDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Flags of node itself. */
  readonly nodeArgs?: readonly string[];
  /** A program that runs node, such as `faketime`. */
  readonly under?: readonly string[];
}

/** An agent in a process of its own, so that it can be killed and has a memory of its own. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #storageDir: string;
  readonly exited: Promise<number | null>;
  output = '';

  private constructor(child: ChildProcess, storageDir: string) {
    this.#child = child;
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.output += text));
    this.#storageDir = storageDir;
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    child.once('close', () => told(this.output));
    ALIVE.add(this);
    void this.exited.then(() => ALIVE.delete(this));
  }

  static spawn({ port, storageDir, env = {}, args = [], nodeArgs = [], under = [] }: AgentOptions): AgentProcess {
    const [program, ...rest] = [...under, process.execPath, ...nodeArgs, MAIN, ...args];
    const child = spawn(program!, rest, {
      cwd: storageDir,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        STORAGE_DIR: storageDir,
        TWILIO_AUTH_TOKEN: TOKEN,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new AgentProcess(child, storageDir);
  }

  /** Starts an agent and waits until it accepts callbacks. */
  static async start(options: AgentOptions): Promise<AgentProcess> {
    const agent = AgentProcess.spawn(options);
    await agent.ready(options.port);
    return agent;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with the ms that it took. */
  async ready(port: number, timeoutMs = 15_000): Promise<number> {
    const started = performance.now();
    for (;;) {
      const status = await probe(port, '/ready');
      if (status === 200) {
        SERVED.add(this.#storageDir);
        return performance.now() - started;
      }
      if (this.#child.exitCode !== null) throw new Error(`the agent left with ${this.#child.exitCode}: ${this.output}`);
      if (performance.now() - started > timeoutMs) throw new Error(`not ready after ${timeoutMs} ms: ${this.output}`);
      await pause(10);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<number | null> {
    this.kill('SIGTERM');
    return this.exited;
  }

  /** Resident memory in MB. */
  rssMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
  }
}

const ALIVE = new Set<AgentProcess>();
/** Nothing that a failed test left running may disturb the next one. */
export async function killAll(): Promise<void> {
  const agents = [...ALIVE];
  for (const agent of agents) agent.kill('SIGKILL');
  await Promise.all(agents.map(({ exited }) => exited));
}

/** The ledgers on which an agent accepted callbacks since they were checked last. */
const SERVED = new Set<string>();

/** Whatever happened to an agent, the ledger that it leaves is sound. */
export async function checkServed(): Promise<void> {
  const folders = [...SERVED];
  SERVED.clear();
  for (const folder of folders) if (existsSync(join(folder, 'CURRENT'))) await checkSound(folder);
}

/**
 * Throws what `ledger verify` finds: the totals and the open book must be what a scan of all records says. It looks at a
 * copy, because opening a ledger tidies up what a kill left.
 */
export async function checkSound(storageDir: string): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'twilio-otel-agent-'));
  cpSync(storageDir, copy, { recursive: true });
  const env = { PATH: process.env.PATH, STORAGE_DIR: copy, TWILIO_AUTH_TOKEN: TOKEN };
  await promisify(execFile)(process.execPath, [MAIN, 'ledger', 'verify'], { cwd: copy, env });
  rmSync(copy, { recursive: true });
}

/** The status of a GET, or `undefined` when nobody answers. */
export async function probe(port: number, path: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const folders: string[] = [];
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-otel-agent-'));
  folders.push(folder);
  return folder;
}
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Waits for something to hold; fails with its name when it does not in time. */
export async function eventually(
  what: string,
  timeoutMs: number,
  holds: () => Promise<boolean> | boolean,
): Promise<number> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await pause(20);
  }
  return performance.now() - started;
}
