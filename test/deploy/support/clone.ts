import { join } from 'node:path';
import { temporaryFolder } from '../../e2e/support/process.ts';
import { succeeded } from './run.ts';

export interface Packed {
  readonly clone: string;
  readonly tarball: string;
  /** The paths in it. */
  readonly files: readonly string[];
}

let made: Promise<Packed> | undefined;

/** The package as `npm pack` makes it in a fresh clone; made once. */
export const packed = (): Promise<Packed> => (made ??= freshClone().then(pack));

/** A folder with what a fresh clone has, uncommitted changes included, and with its dependencies. */
async function freshClone(): Promise<string> {
  const folder = temporaryFolder();
  const copy = 'git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$0"';
  await succeeded('bash', ['-o', 'pipefail', '-c', copy, folder]);
  await succeeded('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  return folder;
}

async function pack(clone: string): Promise<Packed> {
  const name = (await succeeded('npm', ['pack', '--silent'], { cwd: clone })).trim().split('\n').at(-1)!;
  const tarball = join(clone, name);
  const listing = await succeeded('tar', ['-tzf', tarball]);
  const paths = listing.trim().split('\n');
  return { clone, tarball, files: paths.map((path) => path.replace(/^package\//, '')) };
}
