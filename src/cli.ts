import { parseArgs } from 'node:util';
import { onSdkWarning } from '../instrumentation/diagnostics.ts';
import { metricsJson, metricsMarkdown } from '../instrumentation/docs.ts';
import { Agent } from './agent.ts';
import { announce } from './announce.ts';
import { systemClock } from './clock.ts';
import { configFrom, effectiveYaml } from './config/files.ts';
import type { Problem } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { ledgerCommand } from './ledger-command.ts';
import { createLogger, EventLog, type Logger } from './log.ts';
import { suppliedValues } from './supplied.ts';
import { VERSION } from './version.ts';

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
  const [command = 'run'] = positionals;
  const wrong = misuse(command, positionals, values);
  if (wrong) {
    complain(`twilio-otel-agent: ${wrong}\n\n${HELP}`);
    return EXIT_CONFIG;
  }
  if (command === 'metrics') {
    say(values.format === 'json' ? metricsJson(suppliedValues()) : metricsMarkdown(suppliedValues()));
    return 0;
  }
  const loaded = configFrom({
    files: values.config ?? [],
    assignments: values.set ?? [],
    env: process.env,
    // A test must not depend on the file that a developer happens to have.
    ...(process.env['NODE_ENV'] === 'test' ? {} : { dotEnv: '.env' }),
  });
  if (!loaded.config) {
    complain(describeProblems(loaded.problems));
    return EXIT_CONFIG;
  }
  const { config, effective } = loaded;
  if (command === 'validate') {
    say(effectiveYaml(effective));
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

/** The commands, and the options that each reads. */
const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['run', ['config', 'set', 'ledger-recreate']],
  ['validate', ['config', 'set']],
  ['metrics', ['format']],
  ['ledger', ['config', 'set']],
]);

/** What is wrong with the command line itself, if anything is: a word that nothing would read is not passed over. */
function misuse(
  command: string,
  positionals: readonly string[],
  values: ReturnType<typeof parse>['values'],
): string | undefined {
  const known = OPTIONS.get(command);
  if (!known) return `unknown command ${JSON.stringify(command)}`;
  const words = command !== 'ledger' ? 1 : positionals[1] === 'backup' ? 3 : 2;
  const extra = positionals[words];
  if (extra !== undefined) {
    return `${command} takes no ${JSON.stringify(extra)}: a configuration is given as --config FILE`;
  }
  const unread = Object.keys(values).find((option) => !known.includes(option));
  if (unread) return `${command} takes no --${unread}`;
  const { format } = values;
  if (format !== undefined && format !== 'md' && format !== 'json') {
    return `--format is md or json, not ${JSON.stringify(format)}`;
  }
  return undefined;
}

function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  return `twilio-otel-agent: the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${lines.join('\n')}`;
}

async function serve(config: Config, recreate: boolean, process: NodeJS.Process): Promise<number> {
  const { logs } = config.service.telemetry;
  const log = createLogger({ ...logs, terminal: process.stdout.isTTY === true });
  const events = new EventLog(log, () => systemClock.monotonicMs());
  onSdkWarning((message) => events.event('warn', 'opentelemetry', `OpenTelemetry: ${message}`));
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
  const { code } = error;
  const host = error.address?.includes(':') ? `[${error.address}]` : error.address;
  // Node names no port where the system was to choose it.
  const place = error.port === undefined ? host : `${host}:${error.port}`;
  const setting = 'set PORT or receivers.twilio.endpoint';
  if (code === 'EADDRINUSE') log.fatal(`${place} is already in use: ${setting}`);
  else if (code === 'EACCES' && error.port !== undefined)
    log.fatal(`${place} may not be used by this user: ${setting}`);
  else if (code === 'EADDRNOTAVAIL') log.fatal(`${place} is no address of this machine: ${setting}`);
  else if (code === 'ENOTFOUND') log.fatal('the host of an endpoint is not known: set receivers.twilio.endpoint');
  else if ('exitCode' in error) {
    log.fatal(error.message);
    return error.exitCode as number;
  } else log.fatal({ error: error.stack }, `could not start: ${error.message}`);
  return 1;
}
