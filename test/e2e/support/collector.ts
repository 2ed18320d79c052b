import { writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { answers, freePort, type Running, start, temporaryFolder } from './process.ts';
import { tool } from './tools.ts';

export interface CollectorProcess extends Running {
  /** Where relative paths of the configuration lead, such as the file exporter's. */
  readonly folder: string;
}

/**
 * Starts the Collector with the text of a configuration and resolves once it is ready. A health check on a free port is
 * added and the Collector's own metrics are switched off: neither needs a place in the configuration.
 */
export async function startCollector(
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CollectorProcess> {
  const folder = temporaryFolder();
  const health = `127.0.0.1:${await freePort()}`;
  const extensions: string[] = parse(config)?.service?.extensions ?? [];
  writeFileSync(`${folder}/collector.yaml`, config);
  writeFileSync(
    `${folder}/health.yaml`,
    stringify({
      extensions: { health_check: { endpoint: health } },
      service: {
        extensions: [...new Set([...extensions, 'health_check'])],
        telemetry: { metrics: { level: 'none' } },
      },
    }),
  );
  const running = await start({
    command: [await tool('otelcol-test'), '--config=collector.yaml', '--config=health.yaml'],
    env: { PATH: process.env['PATH'], ...env },
    cwd: folder,
    ready: answers(`http://${health}/`),
  });
  return { ...running, folder };
}
