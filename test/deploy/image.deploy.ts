import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { answers, eventually, freePort, start as startServer, temporaryFolder } from '../e2e/support/process.ts';
import { ACCOUNT_SID, AUTH_TOKEN, freshSid, messageStatus, signedPost } from '../e2e/support/twilio.ts';
import { checkovFindings } from './support/checkov.ts';
import { Container, play } from './support/container.ts';
import { makeStandIns, podman, podmanFinished } from './support/containers.ts';
import { buildImage, HERE, version } from './support/image.ts';
import { finished, succeeded } from './support/run.ts';
import { pythonTool } from './support/tools.ts';

const MEGABYTE = 1_000_000;
/** Of the stand-in for Debian, the node program and the agent; the last is under 60 MB. */
const LARGEST = 350 * MEGABYTE;

describe('image', function () {
  this.timeout(300_000);
  let image: string;
  const volumes: string[] = [];
  const containers: Container[] = [];

  before(async () => {
    console.log(await makeStandIns());
    image = await buildImage(HERE);
  });
  after(async () => {
    for (const container of containers) await container.remove();
    if (volumes.length > 0) await podman('volume', 'rm', '--force', ...volumes);
    if (image) await podman('rmi', '--force', image);
    await podman('image', 'prune', '--force', '--filter', 'until=24h');
  });

  const inspect = async (field: string) => JSON.parse(await podman('inspect', '--format', `{{json .${field}}}`, image));
  const start = async (volume: string, ...options: string[]) => {
    const container = await Container.start({ image, volume, port: await freePort(), options });
    containers.push(container);
    return container;
  };
  const newVolume = async () => {
    const volume = await podman('volume', 'create');
    volumes.push(volume);
    return volume;
  };
  const inside = (program: string, ...args: string[]) =>
    podman('run', '--rm', '--read-only', '--network=none', '--entrypoint', program, image, ...args);

  it('hadolint finds nothing in the Dockerfile', async () => {
    const { code, stdout } = await finished(await pythonTool('hadolint'), ['Dockerfile']);
    expect(stdout).to.equal('');
    expect(code).to.equal(0);
  });

  it('checkov finds nothing in it but what deploy/checkov.yaml gives reasons for', async () => {
    expect(await checkovFindings('dockerfile', 'Dockerfile')).to.deep.equal([]);
  });

  it('is small', async () => {
    const size = await inspect('Size');
    const [modules = ''] = (await inside('du', '-s', '--block-size=1MB', '/app')).split('\t');
    console.log(`      ${(size / MEGABYTE).toFixed(0)} MB, ${modules} MB of them the agent with its packages`);
    expect(size).to.be.below(LARGEST);
    expect(Number(modules)).to.be.below(60);
  });

  it('says what it is, and runs as a numbered user, without a shell, with one volume', async () => {
    const config = await inspect('Config');
    expect(config.User).to.equal('65532:0');
    expect(config.Entrypoint).to.deep.equal(['node', '/app/dist/src/main.js']);
    expect(config.Cmd ?? []).to.deep.equal([]);
    expect(Object.keys(config.Volumes)).to.deep.equal(['/data']);
    expect(Object.keys(config.ExposedPorts)).to.deep.equal(['8080/tcp']);
    expect((await inspect('HealthCheck')).Test).to.deep.equal(['CMD', 'node', '/app/health.mjs']);
    expect(config.Labels).to.include({
      'org.opencontainers.image.title': 'twilio-otel-agent',
      'org.opencontainers.image.version': version(),
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  it('holds what runs, and neither npm, nor what only developers need, nor files that nothing reads', async () => {
    const found = await inside(
      'find',
      '/app',
      '/usr/local',
      '-name',
      '*.ts',
      '-o',
      '-name',
      '*.map',
      '-o',
      '-name',
      'npm',
    );
    expect(found).to.equal('');
    const packages = (await inside('ls', '/app/node_modules')).split('\n');
    expect(packages).to.include.members(['classic-level', 'koa', 'twilio']);
    expect(packages).to.not.include.members(['mocha', 'typescript', 'tsx']);
    expect((await inside('ls', '/app')).split('\n')).to.have.members([
      ...['LICENSE', 'dist', 'health.mjs', 'node_modules', 'otel-config', 'package.json'],
    ]);
  });

  for (const [command, expected] of [
    ['--version', version()],
    ['validate', 'file_storage'],
    ['metrics', 'twilio_message_callback_total'],
  ] as const) {
    it(`runs its commands: ${command}`, async () => {
      const options = ['--rm', '--read-only', '--network=none', '--env', `TWILIO_AUTH_TOKEN=${AUTH_TOKEN}`];
      expect(await podman('run', ...options, image, command)).to.contain(expected);
    });
  }

  it('refuses to start without a token, and says what to set', async () => {
    const { code, stdout, stderr } = await podmanFinished('run', '--rm', '--network=none', image);
    expect(stdout + stderr).to.contain('TWILIO_REQUIRE_SIGNATURE): is true, but no auth token is set');
    expect(code).to.equal(78);
  });

  it('counts signed callbacks, and after kill -9 its totals are on the volume', async () => {
    const volume = await newVolume();
    const first = await start(volume);
    const played = await first.play();
    expect(played.code, played.stdout + played.stderr).to.equal(0);
    await podman('kill', '--signal', 'KILL', first.name);

    const second = await start(volume);
    expect(await second.metrics()).to.match(/^twilio_messages_delivered_total 1$/m);
    expect((await second.play()).code).to.equal(0);
    expect(await second.metrics()).to.match(/^twilio_messages_delivered_total 2$/m);
  });

  it('holds what the REST side, gRPC and the numbers of countries take, though not all of their packages', async () => {
    const balance = { account_sid: ACCOUNT_SID, balance: '12.5', currency: 'USD' };
    const api = createServer((_req, res) =>
      res.setHeader('content-type', 'application/json').end(JSON.stringify(balance)),
    );
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const env = {
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    };
    const options = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const args = [
      'processors.labels.country=true',
      'service.pipelines.metrics.processors=[labels]',
      'receivers.twilio_api.scrapers.balance.initial_delay=0s',
      'receivers.twilio_api.scrapers.usage.enabled=false',
    ].flatMap((set) => ['--set', set]);
    const container = await Container.start({
      image,
      volume: await newVolume(),
      port: await freePort(),
      options,
      args,
    });
    containers.push(container);
    const status = messageStatus(freshSid('SM'), 'delivered', { To: '+4915123456789', From: '+14155552671' });
    expect((await signedPost(`${container.url}/webhooks/message`, status)).status).to.equal(204);
    await eventually(async () => {
      const page = await container.metrics();
      expect(page).to.match(/^twilio_messages_delivered_total\{country="DE"\} 1$/m);
      expect(page).to.match(/^twilio_account_balance\{currency="USD"\} 12\.5$/m);
      expect(page).to.match(/^twilio_agent_exports_total\{exporter="otlp",outcome="unavailable"\} [1-9]/m);
    });
    api.close();
  });

  it('runs as any user of group 0, and nobody else can read its ledger', async () => {
    const container = await start(await newVolume(), '--user', '1000650000:0');
    expect((await container.play()).code).to.equal(0);
    const modes = await container.exec('find', '/data', '-type', 'f', '-printf', '%m %u\\n');
    expect(new Set(modes.split('\n'))).to.deep.equal(new Set(['600 1000650000']));
  });

  it('needs no shell: it counts where there is none', async () => {
    const options = ['dash', 'bash'].flatMap((shell) => ['--volume', `/dev/null:/usr/bin/${shell}:ro`]);
    const container = await start(await newVolume(), ...options);
    expect((await podmanFinished('exec', container.name, 'sh', '-c', 'true')).code).to.not.equal(0);
    expect((await container.play()).code).to.equal(0);
  });

  it('stops on SIGTERM, which reaches it as the first process', async () => {
    const container = await start(await newVolume());
    await podman('stop', '--time', '8', container.name);
    expect(await container.state('ExitCode')).to.equal('0');
    expect(await container.log()).to.contain('"SIGTERM: stopping"');
  });

  it('is unhealthy, and says why, when callbacks are not accepted', async () => {
    const container = await start(await newVolume());
    const elsewhere = [
      'exec',
      '--env',
      'HEALTH_URL=http://127.0.0.1:9/ready',
      container.name,
      'node',
      '/app/health.mjs',
    ];
    const { code, stderr } = await podmanFinished(...elsewhere);
    expect(code).to.equal(1);
    expect(stderr).to.contain('http://127.0.0.1:9/ready');
    expect(await eventually(() => podman('healthcheck', 'run', container.name))).to.equal('');
  });

  describe('for arm64', () => {
    let folder: string;
    let name: string;
    before(async () => {
      name = await buildImage('arm64');
      folder = await podman('image', 'mount', name);
    });
    after(async () => {
      await podman('image', 'unmount', name);
      await podman('rmi', '--force', name);
    });

    it('its native parts are those of arm64', async () => {
      const native = (await succeeded('find', [folder, '-name', '*.node'])).trim().split('\n');
      expect(native.map((path) => path.slice(path.indexOf('/node_modules/') + 14)).sort()).to.deep.equal([
        '@node-rs/crc32-linux-arm64-gnu/crc32.linux-arm64-gnu.node',
        'classic-level/prebuilds/linux-arm64/classic-level.armv8.node',
      ]);
      const headers = await succeeded('readelf', ['--file-header', `${folder}/usr/local/bin/node`, ...native]);
      expect(headers.match(/Machine: +AArch64/g)).to.have.length(3);
    });

    it('counts signed callbacks, on an emulated processor', async () => {
      const port = await freePort();
      const agent = await startServer({
        command: [
          'qemu-aarch64-static',
          '-L',
          folder,
          `${folder}/usr/local/bin/node`,
          `${folder}/app/dist/src/main.js`,
        ],
        env: { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PORT: `${port}`, STORAGE_DIR: temporaryFolder() },
        ready: answers(`http://127.0.0.1:${port}/ready`),
        timeoutMs: 90_000,
      });
      const played = await play(`http://127.0.0.1:${port}`);
      expect(played.code, played.stdout + played.stderr).to.equal(0);
      expect(await agent.stop()).to.equal(0);
    });
  });
});
