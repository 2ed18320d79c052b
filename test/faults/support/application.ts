import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { AgentProcess, eventually, probe, temporaryFolder } from './agent.ts';

const FILE = fileURLToPath(new URL('application.mjs', import.meta.url));
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Seen {
  readonly requests: number;
  readonly distinct: number;
  /** How often one callback reached it. */
  readonly most: number;
}

/** An application in a process of its own. */
export class Application {
  readonly port: number;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;

  constructor(port: number, env: Readonly<Record<string, string>> = {}) {
    this.port = port;
    this.#env = env;
  }

  async start(): Promise<this> {
    const child = spawn(process.execPath, [FILE], { env: { ...this.#env, PORT: String(this.port) }, stdio: 'inherit' });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await eventually('the application answers', 10_000, async () => (await probe(this.port, '/app/seen')) === 200);
    return this;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Ends it; the rest is what the kernel does with its connections. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async seen(): Promise<Seen> {
    return (await (await fetch(`http://127.0.0.1:${this.port}/app/seen`)).json()) as Seen;
  }
}

export interface FrontOptions {
  readonly port: number;
  readonly app: number;
  readonly storageDir?: string;
  /** What each route says besides. */
  readonly route?: object;
  readonly sets?: readonly string[];
}

/** An agent in front of an application, at the paths to which the oracle sends; `/app/*` is measured only. */
export function startFront({ port, app, storageDir = temporaryFolder(), route = {}, sets = [] }: FrontOptions) {
  const to = `http://127.0.0.1:${app}`;
  const routes = [
    { path: '/webhooks/message', to, family: 'message', ...route },
    { path: '/webhooks/call', to, family: 'call', ...route },
    { path: '/app/*', to, ...route },
  ];
  const all = [
    `receivers.twilio.forward=${JSON.stringify(routes)}`,
    // Its own paths give way to those of the application.
    'receivers.twilio.families.message.enabled=false',
    'receivers.twilio.families.call.enabled=false',
    ...sets,
  ];
  return AgentProcess.start({ port, storageDir, args: all.flatMap((set) => ['--set', set]) });
}
