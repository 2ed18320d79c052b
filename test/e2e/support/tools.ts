import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MODULE = fileURLToPath(new URL('../servers/', import.meta.url));
const CACHE = join(homedir(), '.cache', 'twilio-otel-agent', 'tools');
const PROMETHEUS = 'github.com/prometheus/prometheus/cmd';
const PACKAGES = ['./cmd/otelcol-test', `${PROMETHEUS}/prometheus`, `${PROMETHEUS}/promtool`];
const FLAGS = ['-tags', 'remove_all_sd', '-trimpath', '-ldflags=-s -w'];
const SOURCES = ['go.mod', 'go.sum', 'cmd/otelcol-test/main.go'];

export type Tool = 'otelcol-test' | 'prometheus' | 'promtool';

let built: Promise<string> | undefined;

/** The path of a pinned server. Builds all of them when they are not in the cache; throws when that fails. */
export async function tool(name: Tool): Promise<string> {
  built ??= folder();
  return join(await built, name);
}

async function folder(): Promise<string> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  const go = (...args: string[]) => run('go', args, { cwd: MODULE, env, maxBuffer: 64 * 1024 * 1024 });
  const version = (await go('env', 'GOVERSION', 'GOOS', 'GOARCH')).stdout;
  const hash = createHash('sha256').update(JSON.stringify([version, FLAGS, PACKAGES]));
  for (const source of SOURCES) hash.update(readFileSync(join(MODULE, source)));
  const target = join(CACHE, hash.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;

  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, '.building-'));
  try {
    await go('build', ...FLAGS, '-o', `${unfinished}/`, ...PACKAGES);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run may have put the same build there in the meantime.
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** What a finished program said. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs promtool to its end, with `input` on its standard input. */
export async function promtool(args: readonly string[], input = ''): Promise<Finished> {
  const path = await tool('promtool');
  return new Promise((resolve) => {
    const child = execFile(path, args, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin!.end(input);
  });
}

// `tsx test/e2e/support/tools.ts` builds ahead of the tests.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await folder());
