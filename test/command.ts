import { run } from '../src/cli.ts';
import type { Ended } from './agent-process.ts';

export type Env = Readonly<Record<string, string>>;

/** One command, in this process: what it writes and the code that it ends with. */
export async function command(args: readonly string[], env: Env = {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await run({
    argv: ['node', 'main.ts', ...args],
    env: { NODE_ENV: 'test', ...env },
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  } as unknown as NodeJS.Process);
  return { code, stdout, stderr };
}
