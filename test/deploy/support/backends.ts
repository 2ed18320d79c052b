import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Tool, tool } from '../../e2e/support/tools.ts';
import { containerEnv } from './containers.ts';
import { HERE } from './image.ts';
import { ROOT, succeeded } from './run.ts';

/** How the real images of compose.yaml run their program: its path, its user, and the folder that this one owns. */
interface RealImage {
  readonly service: string;
  readonly tool: Tool;
  readonly program: string;
  readonly user: number;
  readonly folder?: string;
}

const IMAGES: readonly RealImage[] = [
  { service: 'prometheus', tool: 'prometheus', program: '/bin/prometheus', user: 65_534, folder: '/prometheus' },
  { service: 'collector', tool: 'otelcol-test', program: '/otelcol-contrib', user: 10_001 },
];

export const COMPOSE = join(ROOT, 'deploy/compose/compose.yaml');

/**
 * Stand-ins for the images of Prometheus and the Collector, by the names in compose.yaml: the programs that the
 * end-to-end tests run, on Debian. Grafana cannot be had where there is no container registry.
 */
export async function makeBackends(): Promise<void> {
  const { services } = parse(readFileSync(COMPOSE, 'utf8'), { merge: true });
  const env = await containerEnv();
  const buildah = async (...args: string[]) => (await succeeded('buildah', args, { env })).trim();
  for (const { service, tool: name, program, user, folder } of IMAGES) {
    const container = await buildah('from', '--pull-never', `localhost/debian:${HERE}`);
    await buildah('add', '--quiet', container, await tool(name), program);
    if (folder) await buildah('run', container, 'install', '-d', '-o', `${user}`, folder);
    const volume = folder ? ['--volume', folder] : [];
    await buildah(
      'config',
      '--user',
      `${user}`,
      '--entrypoint',
      JSON.stringify([program]),
      '--cmd',
      '',
      ...volume,
      container,
    );
    await buildah('commit', '--quiet', '--rm', container, services[service].image);
  }
}
