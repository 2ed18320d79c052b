import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { succeeded } from './run.ts';

/**
 * A registry with this one package, as it would be after `npm publish`; whatever else it is asked for, it sends on to
 * the registry that npm uses here. Resolves with its URL.
 */
export async function publish(
  tarball: string,
  manifest: object & { name: string; version: string },
): Promise<Registry> {
  const elsewhere = (await succeeded('npm', ['config', 'get', 'registry'])).trim();
  const bytes = readFileSync(tarball);
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (request.url === '/package.tgz') return response.end(bytes);
    if (request.url === `/${manifest.name}`) {
      const dist = { tarball: `http://127.0.0.1:${port}/package.tgz`, integrity };
      // A registry says so of each package that brings an npm-shrinkwrap.json.
      const published = { ...manifest, _hasShrinkwrap: true, dist };
      const versions = { [manifest.version]: published };
      return response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions }));
    }
    return response.writeHead(302, { location: new URL(request.url!, elsewhere).href }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

export interface Registry {
  readonly url: string;
  readonly server: Server;
}
