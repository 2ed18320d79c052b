import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { parse } from 'yaml';
import { eventually, freePort } from '../e2e/support/process.ts';
import { query } from '../e2e/support/prometheus.ts';
import { AUTH_TOKEN } from '../e2e/support/twilio.ts';
import { told } from '../told.ts';
import { COMPOSE, makeBackends } from './support/backends.ts';
import { containerEnv, makeStandIns, podman, podmanFinished } from './support/containers.ts';
import { buildImage, HERE, version } from './support/image.ts';
import { finished, ROOT } from './support/run.ts';
import { goTool, pythonTool } from './support/tools.ts';

const PUBLIC_URL = 'https://twilio.example.com';
const SETTINGS = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, GRAFANA_PASSWORD: 'unused' };

const config = async (env: Record<string, string>) => finished(await goTool('compose-config'), [COMPOSE], { env });
const shipped = (path: string) => parse(readFileSync(join(ROOT, path), 'utf8'));

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly read_only?: boolean;
}

describe('Compose', function () {
  this.timeout(240_000);

  it('is taken by the library that docker compose reads it with, and asks for what is missing', async () => {
    const { code, stderr } = await config(SETTINGS);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    for (const name of Object.keys(SETTINGS)) {
      const without = await config({ ...SETTINGS, [name]: '' });
      expect(without.stderr).to.contain(`${name} is missing a value: set it in .env`);
      expect(without.code).to.not.equal(0);
    }
  });

  it('names every variable that it reads in .env.example', () => {
    const read = [...readFileSync(COMPOSE, 'utf8').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
    const example = readFileSync(join(ROOT, 'deploy/compose/.env.example'), 'utf8');
    expect(read.length).to.be.greaterThan(5);
    expect(read.filter((name) => !new RegExp(`^#? ?${name}=`, 'm').test(example))).to.deep.equal([]);
  });

  it('mounts files of this repository, read-only, and each exists', async () => {
    const { services } = JSON.parse((await config(SETTINGS)).stdout);
    const mounts: Mount[] = Object.values<{ volumes: Mount[] }>(services).flatMap(({ volumes }) => volumes);
    const files = mounts.filter(({ type }) => type === 'bind');
    expect(files.map(({ source }) => relative(ROOT, source)).sort()).to.deep.equal([
      ...['deploy/compose/prometheus.yml', 'grafana/dashboards', 'grafana/provisioning'],
      ...['otel-config/collector/scraping.yaml', 'otel-config/prometheus/rules'],
    ]);
    for (const { source, read_only } of files)
      expect([source, existsSync(source), read_only]).to.deep.equal([source, true, true]);
    expect(services.agent.image).to.equal(`twilio-otel-agent:${version()}`);
  });

  it('gives Prometheus the configuration of otel-config, for another target', () => {
    const own = shipped('otel-config/prometheus/prometheus.yml');
    own.scrape_configs[0].static_configs[0].targets = ['agent:9464'];
    expect(shipped('deploy/compose/prometheus.yml')).to.deep.equal(own);
  });

  describe('started by podman-compose, Grafana apart', () => {
    const project = `compose-test-${process.pid}`;
    let env: Record<string, string>;
    let ports: { agent: number; prometheus: number };
    const received: string[] = [];
    const backend = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        received.push(gunzipSync(Buffer.concat(chunks)).toString('latin1'));
        response.end();
      });
    });
    const compose = async (...args: string[]) =>
      finished(
        await pythonTool('podman-compose'),
        ['--project-name', project, '--file', COMPOSE, '--profile', 'collector', ...args],
        { env },
      );

    before(async () => {
      await makeStandIns();
      await makeBackends();
      const image = await buildImage(HERE);
      await podman('tag', image, `localhost/twilio-otel-agent:${version()}`);
      await new Promise<void>((resolve) => backend.listen(0, '0.0.0.0', resolve));
      ports = { agent: await freePort(), prometheus: await freePort() };
      const url = `http://host.containers.internal:${(backend.address() as AddressInfo).port}`;
      const published = { AGENT_PORT: `${ports.agent}`, PROMETHEUS_PORT: `${ports.prometheus}` };
      env = { ...(await containerEnv()), ...SETTINGS, ...published, BACKEND_URL: url };
      const { code, stdout, stderr } = await compose('up', '--detach', 'agent', 'prometheus', 'collector');
      expect(code, stdout + stderr).to.equal(0);
    });
    after(async () => {
      const { stdout, stderr } = await podmanFinished('logs', `${project}_agent_1`);
      told(stdout + stderr);
      await compose('down', '--volumes');
      backend.close();
      await podman('rmi', '--force', `localhost/twilio-otel-agent:${version()}`);
    });

    it('counts signed callbacks', async () => {
      const address = await podman(
        'inspect',
        '--format',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
        `${project}_agent_1`,
      );
      const url = `http://127.0.0.1:${ports.agent}`;
      await eventually(async () => expect((await fetch(`${url}/ready`)).status).to.equal(200));
      const played = await finished(join(ROOT, 'test_webhooks.sh'), [url], {
        env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, METRICS_URL: `http://${address}:9464/metrics` },
      });
      expect(played.code, played.stdout + played.stderr).to.equal(0);
      expect((await fetch(`${url}/metrics`)).status).to.equal(404);
    });

    it('Prometheus has them, and the rules', async () => {
      const url = `http://127.0.0.1:${ports.prometheus}`;
      await eventually(async () => {
        const [sample] = await query(url, 'twilio_messages_delivered_total{job="twilio-otel-agent"}');
        expect(sample?.value).to.equal(1);
      }, 60_000);
      const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as { data: { groups: unknown[] } };
      expect(data.groups.length).to.be.greaterThan(3);
    });

    it('the Collector hands them on', () =>
      eventually(() => expect(received.join('')).to.contain('twilio_messages_delivered_total'), 60_000));
  });
});
