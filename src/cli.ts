import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { metricsJson, metricsMarkdown } from '../instrumentation/docs.ts';
import { Agent, describeVerification, FORGETS } from './agent.ts';
import type { Environment } from './config/expand.ts';
import { isSigned, listenOn } from './config/listen.ts';
import { type Layer, loadConfig, type Problem, printConfig, setLayer } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { FAMILIES } from './families/index.ts';
import { ledgerCommand } from './ledger-command.ts';
import { createLogger, type Logger } from './log.ts';
import { suppliedValues } from './supplied.ts';
import { announceTwilioApi } from './twilio-api/receiver.ts';
import { PACKAGE_ROOT, VERSION } from './version.ts';

/** Exit codes: 0 stopped, 78 the configuration or the storage cannot be used (EX_CONFIG), 1 anything else. */
const EXIT_CONFIG = 78;

const HELP = `twilio-otel-agent ${VERSION}: Twilio webhook callbacks in, exact metrics out

  twilio-otel-agent [run] [--config FILE]... [--set KEY=VALUE]...   start the agent
  twilio-otel-agent validate [--config FILE]... [--set KEY=VALUE]...  check a configuration and print it
  twilio-otel-agent metrics [--format md|json]                      print the table of metrics
  twilio-otel-agent ledger stats|verify|backup DIR [--config FILE]...  look at a stopped agent's ledger, or copy it
  twilio-otel-agent --version | --help

run takes --ledger-recreate too: it moves a ledger that cannot be used aside and begins at zero.
Files are laid over otel-config/agent.yaml from left to right, --set comes last.
`;

/** Runs one command of the command line and resolves with the exit code. */
export async function run(process: NodeJS.Process): Promise<number> {
  const say = (text: string) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  let args: ReturnType<typeof parse>;
  try {
    args = parse(process.argv.slice(2));
  } catch (error) {
    complain(`twilio-otel-agent: ${(error as Error).message.split('\n')[0]}\n\n${HELP}`);
    return EXIT_CONFIG;
  }
  const { values, positionals } = args;
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (values.version) {
    say(VERSION);
    return 0;
  }
  const command = positionals[0] ?? 'run';
  if (command === 'metrics') {
    say(values.format === 'json' ? metricsJson(suppliedValues()) : metricsMarkdown(suppliedValues()));
    return 0;
  }
  if (command !== 'run' && command !== 'validate' && command !== 'ledger') {
    complain(`twilio-otel-agent: unknown command ${JSON.stringify(command)}\n\n${HELP}`);
    return EXIT_CONFIG;
  }
  const { config, problems } = configFrom(values.config ?? [], values.set ?? [], environment(process));
  if (!config) {
    complain(describeProblems(problems));
    return EXIT_CONFIG;
  }
  if (command === 'validate') {
    say(printConfig(config));
    return 0;
  }
  if (command === 'ledger') return ledgerCommand(positionals.slice(1), config, say, complain);
  return serve(config, values['ledger-recreate'] === true, process);
}

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', multiple: true },
      set: { type: 'string', multiple: true },
      format: { type: 'string' },
      'ledger-recreate': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  });

/** The environment, and below it what a `.env` file in the working directory says. */
function environment(process: NodeJS.Process): Environment {
  if (!existsSync('.env')) return process.env;
  return { ...parseEnv(readFileSync('.env', 'utf8')), ...process.env };
}

/** The shipped file, the user's files and the assignments, as one configuration. */
export function configFrom(files: readonly string[], assignments: readonly string[], env: Environment) {
  const layers: Layer[] = [
    { name: 'agent.yaml', yaml: readFileSync(new URL('otel-config/agent.yaml', PACKAGE_ROOT), 'utf8') },
  ];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      layers.push({ name: file, yaml: readFileSync(file, 'utf8') });
    } catch (error) {
      problems.push({ path: file, message: `cannot be read: ${(error as NodeJS.ErrnoException).code}` });
    }
  }
  layers.push(...assignments.map(setLayer));
  const loaded = loadConfig(layers, env);
  if (problems.length > 0) return { problems: [...problems, ...loaded.problems] };
  return loaded;
}

function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  return `twilio-otel-agent: the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${lines.join('\n')}`;
}

async function serve(config: Config, recreate: boolean, process: NodeJS.Process): Promise<number> {
  const { logs } = config.service.telemetry;
  const log = createLogger({ ...logs, terminal: process.stdout.isTTY === true });
  // The SDK's exporters read these even when they are given options: one vendor's key must not reach another.
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_EXPORTER_')) delete process.env[name];
  let agent: Agent;
  try {
    agent = await Agent.start({ config, log, recreate });
  } catch (error) {
    return startFailure(error as NodeJS.ErrnoException, log);
  }
  announce(agent, config, log);
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: string) => {
      if (stopping) {
        log.warn(`${signal} again: leaving at once`);
        process.exit(1);
      }
      stopping = true;
      log.info(`${signal}: stopping`);
      agent.stop().then(
        () => {
          log.info('stopped');
          resolve(0);
          // A push that hangs must not keep the process.
          setTimeout(() => process.exit(0), 50).unref();
        },
        (error: Error) => {
          log.error(`could not stop cleanly: ${error.message}`);
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function startFailure(error: NodeJS.ErrnoException & { address?: string; port?: number }, log: Logger): number {
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
    const why = error.code === 'EACCES' ? 'may not be used by this user' : 'is already in use';
    log.fatal(`${error.address}:${error.port} ${why}: set PORT or receivers.twilio.endpoint`);
    return 1;
  }
  if ('exitCode' in error) {
    log.fatal(error.message);
    return error.exitCode as number;
  }
  log.fatal({ error: error.stack }, `could not start: ${error.message}`);
  return 1;
}

/** What an operator wants to know at start: where, what, how safe, what next. */
function announce(agent: Agent, config: Config, log: Logger): void {
  const { twilio } = config.receivers;
  const hosts = listenOn(twilio).map(({ host }) => (host.includes(':') ? `[${host}]` : host));
  const origin = `http://localhost:${agent.port}`;
  log.info(`twilio-otel-agent ${VERSION} listens on ${hosts.map((host) => `${host}:${agent.port}`).join(' and ')}`);
  for (const { name } of FAMILIES) log.info(`callbacks: POST or GET ${origin}${twilio.path}/${name}`);
  const { prometheus } = config.exporters;
  const { exporters } = config.service.pipelines.metrics;
  if (!exporters.includes('prometheus'))
    log.warn('no scrape page: service.pipelines.metrics.exporters does not name prometheus');
  else
    log.info(`metrics: GET http://localhost:${prometheus.endpoint ? agent.metricsPort : agent.port}${prometheus.path}`);
  log.info(`health: GET ${origin}/health /ready /live`);
  for (const id of exporters.filter((id) => id.startsWith('otlp'))) {
    const otlp = config.exporters.otlp[id];
    const on = otlp && (otlp.metrics_endpoint || otlp.endpoint);
    log.info(
      on
        ? `${id}: pushes by ${otlp.protocol} every ${otlp.interval / 1_000} s`
        : `${id}: off, no endpoint (OTEL_EXPORTER_OTLP_ENDPOINT)`,
    );
  }
  announceTwilioApi(config, log);
  log[isSigned(twilio) ? 'info' : 'warn'](`signatures: ${describeVerification(twilio)}`);
  if (twilio.storage === 'memory') log.warn(`ledger: memory: ${FORGETS}`);
  else
    log.info(
      `ledger: ${config.extensions.file_storage.directory}${isSigned(twilio) ? '' : '/trial'}, what is counted is durable before Twilio is answered`,
    );
  if (twilio.public_urls.length > 0 && prometheus.endpoint === '') {
    log.warn(
      `${prometheus.path} and / stand on the public port: let your proxy forward ${twilio.path}/ only, or set exporters.prometheus.endpoint`,
    );
  }
  log.info(
    isSigned(twilio)
      ? `next: give Twilio the status callback URL <your public URL>${twilio.path}/message#rc=3&rp=all`
      : `next: ./test_webhooks.sh ${origin} plays a message and a call; then set TWILIO_AUTH_TOKEN and PUBLIC_URL`,
  );
}
