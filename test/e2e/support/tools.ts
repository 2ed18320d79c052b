import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFrom, type GoModule } from './go.ts';

const PROMETHEUS = 'github.com/prometheus/prometheus/cmd';
const SERVERS: GoModule = {
  folder: fileURLToPath(new URL('../servers/', import.meta.url)),
  sources: ['go.mod', 'go.sum', 'cmd/otelcol-test/main.go'],
  packages: ['./cmd/otelcol-test', `${PROMETHEUS}/prometheus`, `${PROMETHEUS}/promtool`],
  flags: ['-tags', 'remove_all_sd', '-trimpath', '-ldflags=-s -w'],
};

export type Tool = 'otelcol-test' | 'prometheus' | 'promtool';

let built: Promise<string> | undefined;

/** The path of a pinned server. Builds all of them when they are not in the cache; throws when that fails. */
export async function tool(name: Tool): Promise<string> {
  built ??= builtFrom(SERVERS);
  return join(await built, name);
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
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await builtFrom(SERVERS));
