import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LoadOptions, type LoadResult, Oracle } from './oracle.ts';

type Request = { readonly load: LoadOptions } | { readonly check: true };
type Response = { readonly result?: LoadResult } | { readonly error: string };

const FILE = fileURLToPath(import.meta.url);

const alive = new Set<Apart>();
/** Nothing that a failed test left running may keep the run from its end. */
export function stopAll(): void {
  for (const oracle of alive) oracle.stop();
}

/** An oracle in a process of its own: what the test does besides must not look like slowness of the agent. */
export class Apart {
  readonly port: number;
  readonly #child: ChildProcess;

  /** Signs with `token`, if one is given, instead of the agent's. */
  constructor(port: number, token?: string) {
    this.port = port;
    alive.add(this);
    this.#child = fork(FILE, [String(port), ...(token ? [token] : [])], { execArgv: ['--import', 'tsx'] });
  }

  async load(load: LoadOptions): Promise<LoadResult> {
    return (await this.#ask({ load })).result!;
  }

  async check(): Promise<void> {
    await this.#ask({ check: true });
  }

  stop(): void {
    alive.delete(this);
    this.#child.kill();
  }

  async #ask(request: Request): Promise<{ readonly result?: LoadResult }> {
    this.#child.send(request);
    const [response] = (await once(this.#child, 'message')) as [Response];
    if ('error' in response) throw new Error(response.error);
    return response;
  }
}

function serve(port: number, token?: string): void {
  const oracle = new Oracle(port, token);
  process.on('message', (request: Request) => {
    const done = 'load' in request ? oracle.load(request.load).then((result) => ({ result })) : oracle.check();
    done.then(
      (response) => process.send!(response ?? {}),
      (error: Error) => process.send!({ error: error.message }),
    );
  });
}

if (process.argv[1] === FILE) serve(Number(process.argv[2]), process.argv[3]);
