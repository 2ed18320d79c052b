import { join } from 'node:path';
import { temporaryFolder } from '../../e2e/support/process.ts';
import { succeeded } from './run.ts';

/** A folder with what a fresh clone has, uncommitted changes included, and with its dependencies. */
export async function freshClone(): Promise<string> {
  const folder = temporaryFolder();
  const copy = 'git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$0"';
  await succeeded('bash', ['-o', 'pipefail', '-c', copy, folder]);
  await succeeded('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  return folder;
}

/** Packs the package there, and resolves with the tarball and the paths in it. */
export async function pack(clone: string): Promise<{ tarball: string; files: string[] }> {
  const name = (await succeeded('npm', ['pack', '--silent'], { cwd: clone })).trim().split('\n').at(-1)!;
  const tarball = join(clone, name);
  const listing = await succeeded('tar', ['-tzf', tarball]);
  const files = listing
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
  return { tarball, files };
}
