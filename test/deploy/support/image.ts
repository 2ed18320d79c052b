import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../e2e/support/process.ts';
import { containerEnv } from './containers.ts';
import { ROOT, succeeded } from './run.ts';

export type Architecture = 'amd64' | 'arm64';

/** What this machine is, in the words of images. */
export const HERE: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * Builds the Dockerfile on the stand-ins of its base images and resolves with the image's name. npm reaches its registry
 * by this machine's network and certificates.
 */
export async function buildImage(architecture: Architecture): Promise<string> {
  const name = `localhost/twilio-otel-agent:test-${process.pid}-${architecture}`;
  const folder = temporaryFolder();
  const [npmrc, dockerfile] = [join(folder, 'npmrc'), join(folder, 'Dockerfile')];
  writeFileSync(npmrc, 'cafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n');
  writeFileSync(dockerfile, explicit(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')));
  const args = ['build', '--quiet', '--layers', '--format', 'docker', '--pull-never', '--network', 'host'];
  args.push('--platform', `linux/${architecture}`, '--build-arg', `TARGETPLATFORM=linux/${architecture}`);
  args.push('--build-arg', `BUILDPLATFORM=linux/${HERE}`, '--build-arg', `VERSION=${version()}`);
  args.push('--volume', '/etc/ssl/certs:/etc/ssl/certs:ro', '--volume', `${npmrc}:/usr/local/etc/npmrc:ro`);
  args.push('--tag', name, '--file', dockerfile, ROOT);
  await succeeded('buildah', args, { env: await containerEnv() });
  return name;
}

/** The version of package.json. */
export const version = (): string => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

// Debian's buildah gives a stage without --platform the platform of the stage before it; Docker the one that is asked
// for. Saying that one makes them agree.
const explicit = (dockerfile: string): string =>
  dockerfile.replaceAll(/^FROM \$/gm, 'FROM --platform=$TARGETPLATFORM $');
