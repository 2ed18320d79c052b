import { createServer } from 'node:net';
import { listenOn } from '../../config/listen.ts';
import { type Config, isTls } from '../../config/schema.ts';
import { type Endpoint, parseEndpoint } from '../../config/values.ts';
import type { Check } from '../check.ts';
import { ok, problem, type Said } from '../finding.ts';
import { ask } from '../http.ts';

const TIMEOUT_MS = 2_000;

interface Door {
  readonly what: string;
  readonly endpoint: Endpoint;
  readonly setting: string;
  readonly tls: boolean;
}

/** Whether the agent can listen, or does. */
export const ports: Check = {
  name: 'ports',
  async run({ config, agent }) {
    const found: Said[] = [];
    const told: string[] = [];
    for (const door of doorsOf(config)) {
      const { what, endpoint, setting } = door;
      const refused = await tryPort(endpoint);
      const place = `${what} at port ${endpoint.port}`;
      if (refused === undefined) told.push(`${place}: free, no agent runs there`);
      else if (refused === 'EADDRINUSE' && (await isAgent(door, config))) {
        agent.running = true;
        told.push(`${place}: an agent answers`);
      } else if (refused === 'EADDRINUSE') {
        found.push(problem(`${place}: another process has it`, `stop that process, or set ${setting}`));
      } else found.push(problem(`${place}: cannot be opened here (${refused})`, `set ${setting}`));
    }
    return found.length > 0 ? found : [ok(told.join('; '))];
  },
};

function doorsOf(config: Config): Door[] {
  const { twilio } = config.receivers;
  const { prometheus } = config.exporters;
  const receiver = { what: 'callbacks', setting: 'PORT or receivers.twilio.endpoint', tls: isTls(twilio.tls) };
  // Where there are two, they are one port of both loopback addresses.
  const doors: Door[] = [{ ...receiver, endpoint: listenOn(twilio)[0]! }];
  const own = parseEndpoint(prometheus.endpoint);
  if (own && config.service.pipelines.metrics.exporters.includes('prometheus')) {
    const endpoint = { ...own, host: own.host || '0.0.0.0' };
    doors.push({ what: 'metrics', endpoint, setting: 'exporters.prometheus.endpoint', tls: isTls(prometheus.tls) });
  }
  return doors;
}

/** Why the port cannot be listened on; nothing where it can. It is given back at once. */
function tryPort({ host, port }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

/** True for what answers as an agent does: the page that says so, or its health check. */
async function isAgent({ endpoint, tls }: Door, config: Config): Promise<boolean> {
  const host = endpoint.host === '0.0.0.0' ? '127.0.0.1' : endpoint.host === '::' ? '::1' : endpoint.host;
  const origin = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${endpoint.port}`;
  const health = config.service.extensions.includes('health_check');
  try {
    const options = { timeoutMs: TIMEOUT_MS, rejectUnauthorized: false };
    const { text, headers, status } = await ask(`${origin}${health ? '/live' : '/'}`, options);
    if (health) return status === 200 && text === 'OK';
    return text.includes('twilio-otel-agent') || (headers['www-authenticate'] ?? '').includes('twilio-otel-agent');
  } catch {
    return false;
  }
}
