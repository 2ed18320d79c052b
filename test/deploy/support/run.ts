import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What a finished program said. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly cwd?: string;
  /** Beside the variables of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end, whatever its exit code; rejects when there is no such program. */
export function finished(
  file: string,
  args: readonly string[],
  { cwd = ROOT, env = {}, input = '' }: Options = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const settings = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error && typeof error.code === 'string') reject(new Error(`${file} cannot be run: ${error.code}`));
      else resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

/** Runs a program to its end and resolves with what it wrote to its standard output; rejects when it failed. */
export async function succeeded(file: string, args: readonly string[], options?: Options): Promise<string> {
  const { code, stdout, stderr } = await finished(file, args, options);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
