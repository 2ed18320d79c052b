import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { told } from './told.ts';

const ROOT = new URL('../', import.meta.url);
const MAIN = fileURLToPath(new URL('src/main.ts', ROOT));
// By its address, because the working directory of the process may be anywhere.
const TSX = import.meta.resolve('tsx');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The program as a process, with no variable of the environment but the given ones. */
export class AgentProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], { env = { NODE_ENV: 'test' }, cwd }: Options = {}) {
    this.child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      cwd: cwd ?? fileURLToPath(ROOT),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (chunk) => (this.stdout += chunk));
    this.child.stderr!.on('data', (chunk) => (this.stderr += chunk));
    this.ended = new Promise((resolve) =>
      this.child.on('close', (code) => resolve({ code, stdout: told(this.stdout), stderr: told(this.stderr) })),
    );
  }

  /** Resolves once the log has a line that matches; rejects when the process ends before that. */
  async logged(pattern: RegExp): Promise<RegExpExecArray> {
    const early = this.ended.then(({ code, stderr }) => {
      throw new Error(`the agent ended with ${code} before it logged ${pattern}: ${this.stdout}${stderr}`);
    });
    const seen = new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const match = pattern.exec(this.stdout);
        if (match) resolve(match);
      };
      this.child.stdout!.on('data', look);
      look();
    });
    return Promise.race([seen, early]);
  }

  stop(): Promise<Ended> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

export const runAgent = (args: readonly string[], options?: Options): Promise<Ended> =>
  new AgentProcess(args, options).ended;
