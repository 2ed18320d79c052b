import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { VERSION } from '../src/version.ts';
import { AgentProcess, type Ended, runAgent } from './agent-process.ts';
import { command, type Env } from './command.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

describe('the command line', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const args of [
    ['--help'],
    ['-h'],
    ['help'],
    ['help', 'ledger'],
    ['ledger', '--help'],
    ['--help', '--version'],
  ]) {
    it(`${args.join(' ')} says what there is, and 0`, async () => {
      const { code, stdout, stderr } = await command(args);
      expect([code, stderr]).to.deep.equal([0, '']);
      for (const word of [
        'run',
        'validate',
        'metrics',
        'ledger',
        'explain',
        'doctor',
        '--config',
        '--set',
        '--trial',
        'Exit codes',
      ]) {
        expect(stdout).to.include(word);
      }
    });
  }

  for (const args of [['--version'], ['-v'], ['version'], ['validate', '--version']]) {
    it(`${args.join(' ')} says the version, and 0`, async () => {
      expect(await command(args)).to.deep.equal({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    });
  }

  const misuse: readonly (readonly [args: string[], complaint: string])[] = [
    [['start'], 'unknown command "start"'],
    [['validate', 'my.yaml'], 'validate takes no "my.yaml": a configuration is given as --config FILE'],
    [['--confg', 'x'], "Unknown option '--confg'"],
    [['ledger', 'stats', 'more'], 'ledger takes no "more"'],
    [['ledger', 'stats', '--set-aside'], 'only ledger restore takes --set-aside'],
    [['ledger', 'backup', 'to', 'more'], 'ledger takes no "more"'],
    [['metrics', '--config', 'x.yaml'], 'metrics takes no --config'],
    [['validate', '--ledger-recreate'], 'validate takes no --ledger-recreate'],
    [['--format', 'md'], 'run takes no --format'],
    [['metrics', '--format', 'xml'], '--format is md or json, not "xml"'],
    [['metrics', '--trial'], 'metrics takes no --trial'],
    [['explain', '30007', '--config', 'x.yaml'], 'explain takes no --config'],
    [['metrics', '--json'], 'metrics takes no --json'],
    [['doctor', 'my.yaml'], 'doctor takes no "my.yaml"'],
    [['version', 'please'], 'version takes no "please"'],
    [['version', '--trial'], 'version takes no --trial'],
    [['--config'], "Option '--config <value>' argument missing"],
  ];
  for (const [args, complaint] of misuse) {
    it(`${args.join(' ')}: 2, and a word on what is wrong`, async () => {
      const { code, stdout, stderr } = await command(args);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr)
        .to.match(/^twilio-otel-agent: /)
        .and.include(complaint)
        .and.include('--config FILE');
    });
  }

  for (const args of [['ledger'], ['ledger', 'repair'], ['ledger', 'backup'], ['ledger', 'restore']]) {
    it(`${args.join(' ')}: 2, and what ledger takes`, async () => {
      const { code, stdout, stderr } = await command(args);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.include('ledger stats | verify | backup DIR | restore DIR');
    });
  }

  it('metrics prints the table as Markdown and as JSON', async () => {
    expect((await command(['metrics'])).stdout).to.include('## `twilio.messages.delivered`');
    const { metrics } = JSON.parse((await command(['metrics', '--format', 'json'])).stdout);
    const names = metrics.map(({ prometheus }: { prometheus: string }) => prometheus);
    expect(names).to.include('twilio_messages_failed_total');
  });

  it('validate prints the effective configuration with secrets masked, and without these that is a configuration again', async () => {
    const env = { TWILIO_AUTH_TOKEN: TOKEN, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hush', PORT: '9000' };
    const own = join(folder, 'own.yaml');
    writeFileSync(own, 'exporters:\n  otlp/b: {endpoint: "http://user:hush@b:4318"}\n');
    const first = await command(['validate', '--config', own], env);
    expect([first.code, first.stderr]).to.deep.equal([0, '']);
    expect(first.stdout).to.not.include(TOKEN).and.not.include('hush');
    const { receivers, exporters } = parse(first.stdout);
    expect(receivers.twilio).to.include({ auth_token: '***', auth_token_secondary: '', endpoint: ':9000' });
    expect(exporters['otlp/b']).to.include({ protocol: 'http/protobuf', endpoint: 'http://***@b:4318' });
    const printed = join(folder, 'printed.yaml');
    // Masked headers are no pairs, and a masked token is none: an agent with it would refuse everything.
    const readable = first.stdout.replace('headers: "***"', 'headers: a=1');
    writeFileSync(printed, readable);
    const masked = await command(['validate', '--config', printed]);
    expect([masked.code, masked.stdout]).to.deep.equal([78, '']);
    expect(masked.stderr).to.match(/receivers\.twilio\.auth_token: is no auth token/);
    writeFileSync(printed, readable.replaceAll('auth_token: "***"', `auth_token: ${TOKEN}`));
    const second = await command(['validate', '--config', printed]);
    expect(second).to.deep.equal({ code: 0, stderr: '', stdout: first.stdout });
  });

  const bad: readonly (readonly [name: string, env: Env, args: string[], lines: RegExp[]])[] = [
    [
      'a public endpoint without a token',
      {},
      ['--set', 'receivers.twilio.endpoint=0.0.0.0:8080'],
      [/receivers\.twilio\.endpoint: .*TWILIO_AUTH_TOKEN/],
    ],
    [
      'a token with white space',
      { TWILIO_AUTH_TOKEN: 'hush hush' },
      [],
      [/auth_token .*\(from TWILIO_AUTH_TOKEN\): must not contain white space/],
    ],
    ['a public URL with a fragment', { PUBLIC_URL: 'https://example.com/#rc=3' }, [], [/\(from PUBLIC_URL\)/]],
    [
      'a file that is not there',
      {},
      ['--config', '/nowhere.yaml'],
      [/\/nowhere\.yaml: cannot be read: there is no such file/],
    ],
    [
      'three mistakes at once',
      { PORT: 'x', LOG_LEVEL: 'loud' },
      ['--set', 'a=1'],
      [/\(from PORT\)/, /\(from LOG_LEVEL\)/, /a: is not a key/],
    ],
  ];
  for (const name of ['run', 'validate']) {
    for (const [mistake, env, args, lines] of bad) {
      it(`${name} with ${mistake}: 78 before anything listens`, async () => {
        const { code, stdout, stderr } = await command([name, ...args], env);
        expect([code, stdout]).to.deep.equal([78, '']);
        const [head, ...rest] = stderr.trimEnd().split('\n');
        const many = lines.length === 1 ? '1 problem' : `${lines.length} problems`;
        expect(head).to.equal(`twilio-otel-agent: the configuration has ${many}:`);
        expect(rest).to.have.length(lines.length);
        for (const line of lines) expect(stderr).to.match(line);
        expect(stderr).to.not.include('hush');
      });
    }
  }
});

describe('.env', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-env-'));
    writeFileSync(join(folder, '.env'), `TWILIO_AUTH_TOKEN=${TOKEN}\nPORT=9001\n`);
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken', '.env'), `# mine\nTWILIO_AUTH_TOKEN: ${TOKEN}\n\nLOG_LEVEL="info\n`);
    mkdirSync(join(folder, 'strange', '.env'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Validates in a working directory; the file is read before anything is waited for. */
  function validateIn(directory: string, env: Env): Promise<Ended> {
    const before = process.cwd();
    process.chdir(directory);
    try {
      return command(['validate'], env);
    } finally {
      process.chdir(before);
    }
  }

  it('is read from the working directory, and never overrides the environment', async () => {
    const { code, stdout, stderr } = await validateIn(folder, { NODE_ENV: 'production', PORT: '9002' });
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(parse(stdout).receivers.twilio).to.include({ endpoint: ':9002', auth_token: '***' });
  });

  it('is not read in tests', async () => {
    const { stdout } = await validateIn(folder, { NODE_ENV: 'test' });
    expect(parse(stdout).receivers.twilio).to.include({ endpoint: ':8080', auth_token: '' });
  });

  it('with lines that are no variables: 78, and where they are, for a token may be among them', async () => {
    const { code, stderr } = await validateIn(join(folder, 'broken'), { NODE_ENV: 'production' });
    expect(code).to.equal(78);
    expect(stderr)
      .to.match(/has 2 problems:\n {2}\.env:2: must be NAME=value\n {2}\.env:4: opens a quote/)
      .and.not.include(TOKEN);
  });

  it('that cannot be read: 78', async () => {
    const { code, stderr } = await validateIn(join(folder, 'strange'), { NODE_ENV: 'production' });
    expect(code).to.equal(78);
    expect(stderr).to.include('.env: cannot be read: it is a folder');
  });
});

describe('the process', function () {
  this.timeout(30_000);
  const MEMORY = ['--set', 'receivers.twilio.storage=memory'];
  let port: number;
  const taken = createServer();
  // Started together: each needs a second or two before it does anything.
  let refused: Promise<Ended>;
  let agent: AgentProcess;

  before(async () => {
    port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    refused = runAgent([...MEMORY, '--set', `receivers.twilio.endpoint=127.0.0.1:${port}`]);
    const own = ['receivers.twilio.endpoint=127.0.0.1:0', 'exporters.otlp/spare.endpoint=http://127.0.0.1:9'];
    agent = new AgentProcess([...MEMORY, ...own.flatMap((set) => ['--set', set])]);
  });
  after(() => {
    taken.close();
    agent.child.kill('SIGKILL');
  });

  it('a taken port: 1, and one line that names it', async () => {
    const { code, stdout, stderr } = await refused;
    expect(code).to.equal(1);
    const lines = (stdout + stderr).trimEnd().split('\n');
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0]!)).to.include({
      level: 'fatal',
      msg: `127.0.0.1:${port} is already in use: set PORT or receivers.twilio.endpoint`,
    });
  });

  it('starts, says what an operator wants to know, and stops with 0', async () => {
    const [, own] = await agent.logged(/listens on 127\.0\.0\.1:(\d+)/);
    await agent.logged(/next: /);
    expect((await fetch(`http://127.0.0.1:${own}/ready`)).status).to.equal(200);
    const { code, stdout, stderr } = await agent.stop();
    expect([code, stderr]).to.deep.equal([0, '']);
    for (const word of [
      '/webhooks/message',
      '/webhooks/call',
      '/metrics',
      '/health',
      'NOT verified',
      'memory',
      'otlp/spare: off',
      'stopped',
    ]) {
      expect(stdout).to.include(word);
    }
  });
});
