import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Outside the project, so that a fresh clone finds what another one built. */
export const CACHE = join(homedir(), '.cache', 'twilio-otel-agent', 'tools');

/** Programs that tests need, pinned by a go.mod and a go.sum of this repository. */
export interface GoModule {
  readonly folder: string;
  /** The files that decide what is built. */
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  readonly flags: readonly string[];
}

/** The folder with the module's programs. Builds them when they are not in the cache; throws when that fails. */
export async function builtFrom({ folder, sources, packages, flags }: GoModule): Promise<string> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  const go = (...args: string[]) => run('go', args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 });
  const version = (await go('env', 'GOVERSION', 'GOOS', 'GOARCH')).stdout;
  const hash = createHash('sha256').update(JSON.stringify([version, flags, packages]));
  for (const source of sources) hash.update(readFileSync(join(folder, source)));
  const target = join(CACHE, hash.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;

  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, '.building-'));
  try {
    await go('build', ...flags, '-o', `${unfinished}/`, ...packages);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run may have put the same build there in the meantime.
    if (!existsSync(target)) throw error;
  }
  return target;
}
